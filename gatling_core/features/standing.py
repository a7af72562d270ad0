"""Other roles in a policy's text: what stands elsewhere where the user's role stands here. `Nurses: …` beside `Doctors: …`, `role == "clerk"`
beside `role == "teller"`, `signed by partners` beside `signed by clerks`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import islice
from typing import NamedTuple

from gatling_core import text
from gatling_core.audience import is_anybody, is_office
from gatling_core.features.bag import cached

MOST_TOKENS = 160
"""Of a clause that are looked at."""
LONGEST = 4
"""Words of a role's name."""
_TOKEN = re.compile(r"\w+(?:[-'’.]\w+)*|[^\w\s]")
_SIGNS = frozenset("\"'`=([<{|/,")
_EXACT = _SIGNS | {"role", "roles"}
"""Before a role in code and lists; what stands there after the same word and signs and before the same sign is another role."""
_LOOSE = frozenset((":", "by", "requires", "require", "for"))
"""Before a role in sentences, as before much else; what stands there is another role if it sounds like one."""
_END = frozenset("and or only alone may must can cannot shall will first who with when if not never but at up to".split())
_LINKS = frozenset(("in", "is", "eq", "equals", "of", "any", "one"))
"""Words that are as good as signs: `role in [clerk]` beside `tool in [pay]`."""
_CALLED = frozenset(("role", "roles", "user_role"))
"""What stands after these and a sign is a role, whatever stands elsewhere."""
START = "^"


class Place(NamedTuple):
    """What stands around a role."""

    before: tuple[str, ...]
    after: str


def tokens_of(said: str) -> tuple[str, ...]:
    """Words and signs of a text in lower case without what makes them bold, the first MOST_TOKENS of them."""
    return tuple(token[0] for token in islice(_TOKEN.finditer(said.replace("**", "")), MOST_TOKENS))


def standing(texts: Sequence[Sequence[str]], roles: Sequence[str], holding: Sequence[bool]) -> tuple[list[bool], list[bool]]:
    """For each text, as tokens: whether one of the roles stands in it, and whether another role does, where one of these stands in some.
    `holding` says which texts may hold one: of many, most do not.
    """
    names = {ids for role in roles if (ids := tuple(text.word_ids(role)))}
    own = [_places(tokens, names) if held else set[Place]() for tokens, held in zip(texts, holding, strict=True)]
    places = set[Place]().union(*own)
    return [*map(bool, own)], [bool(places) and _has_other(tokens, places, names) for tokens in texts]


def _places(tokens: Sequence[str], names: Collection[tuple[int, ...]]) -> set[Place]:
    found: set[Place] = set()
    for at, token in enumerate(tokens):
        first = _words(token)
        ends = {_end(tokens, at, name) for name in names if first and name[: len(first)] == first}
        for end in ends - {0}:
            before, after = _before(tokens, at), tokens[end] if end < len(tokens) else START
            if before[-1] in _EXACT and before[0] != START:
                found.add(Place(before, after))
            elif before[-1] in _LOOSE or (before[-1] == START and after == ":"):
                found.add(Place(before[-1:], ""))
    return found


def _end(tokens: Sequence[str], at: int, name: tuple[int, ...]) -> int:
    """Where a name ends that begins with a token; 0 if it does not stand there."""
    end, said = at, ()
    while end < len(tokens) and len(said) < len(name) and tokens[end][0].isalnum():
        said, end = (*said, *_words(tokens[end])), end + 1
    return end if said == name else 0


@cached
def _words(token: str) -> tuple[int, ...]:
    return tuple(text.word_ids(token))


def _before(tokens: Sequence[str], at: int) -> tuple[str, ...]:
    """The signs before, from the last word on: signs alone stand before anything (`Role::"clerk"`, `Action::"pay"`)."""
    start = at - 1
    while start >= 0 and at - start <= LONGEST and (not tokens[start][0].isalnum() or tokens[start] in _LINKS):
        start -= 1
    return tuple(tokens[start:at]) if start >= 0 else (START, *tokens[:at])


def _has_other(tokens: Sequence[str], places: set[Place], names: set[tuple[int, ...]]) -> bool:
    exact = {place.before for place in places if place.after}
    loose = {place.before[-1] for place in places if not place.after}
    for at, token in enumerate(tokens):
        before = _before(tokens, at)
        called = before[0].rpartition(".")[2] in _CALLED and before[-1] in _SIGNS
        if not token[0].isalpha() or (before not in exact and before[-1] not in loose and not called):
            continue
        end = at
        while end < len(tokens) and end - at < LONGEST and tokens[end][0].isalnum() and tokens[end] not in _END:
            end += 1
        who, after = " ".join(tokens[at:end]), tokens[end] if end < len(tokens) else START
        if not who or is_anybody(who) or tuple(text.word_ids(who)) in names:
            continue
        if called or Place(before, after) in places:
            return True
        if before[-1] in loose and (before[-1] != START or after == ":") and is_office(who):
            return True
    return False
