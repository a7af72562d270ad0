"""Sections that a sentence elsewhere says whom they are for: `Section 2 applies only to cashiers.`"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gatling_core.audience import is_anybody, is_office

if TYPE_CHECKING:
    from gatling_core.policy import Clause

_KIND = r"(?:sections?|clauses?|rules?|paragraphs?|items?|points?|articles?|provisions?|parts?|§{1,2})"
_NUMBER = r"\d{1,3}(?:\.\d{1,3}){0,4}"
_APPLIES = re.compile(
    rf"\b{_KIND} ?(?P<numbers>{_NUMBER}(?:(?:, | and |, and | & | or ){_NUMBER}){{0,20}}),? (?:only )?"
    r"(?:(?:appl(?:y|ies)|(?:is|are) (?:only )?(?:meant |intended )?(?:for|binding on)|binds?|concerns?|addresse?s?)(?: only| solely| exclusively)?(?: to| for)?)"
    r" (?:the )?(?:(?:users?|people|persons?|staff|employees) (?:of|in|with|who have) )?(?P<role>the roles?(?: of)? )?(?:the |an? )?(?P<who>\w[\w'’/-]*(?:,? [\w'’/-]+){0,9}?)(?: only| alone)?\.?$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(rf"\W{{0,4}}(?:{_KIND} ?)?(?P<number>{_NUMBER})\b", re.IGNORECASE)
REACH = 300
"""Characters of a sentence that are looked at."""


def addressed(found: Sequence[Clause]) -> list[Clause]:
    """The clauses of a text; those of a section get its audience where a sentence names it by number and they name nobody themselves."""
    whom = dict(_whom(found))
    return [_for(clause, whom) for clause in found] if whom else list(found)


def _whom(found: Sequence[Clause]) -> Iterator[tuple[str, str]]:
    for clause in found:
        match = _APPLIES.search(clause.text) if clause.kind == "prose" and len(clause.text) <= REACH else None
        if match and not is_anybody(match["who"]) and (match["role"] or is_office(match["who"])):
            yield from ((number, match["who"]) for number in re.findall(_NUMBER, match["numbers"]))


def _for(clause: Clause, whom: dict[str, str]) -> Clause:
    if clause.kind != "prose" or clause.audience:
        return clause
    for title in (clause.text, *reversed(clause.path)):
        match = _NUMBERED.match(title)
        number = match["number"] if match else ""
        while number:
            if number in whom:
                return replace(clause, audience=whom[number])
            number = number.rpartition(".")[0]
    return clause
