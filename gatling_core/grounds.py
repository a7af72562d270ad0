"""Whether a model has any ground to judge a case: measured from what the features already hold, and reported beside the energy.

An energy is a number whatever goes in. Where a policy has lost a part, where it or the request are words that training never met, where
nothing says what a tool does or where the calls come from, a low one means nothing: such a case is decided by a person (`Bands.review_without_grounds`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from gatling_core import text
from gatling_core.errors import PackageRejected
from gatling_core.features.bag import cached, scalars
from gatling_core.features.governance import GovernanceFeatures
from gatling_core.features.memo import Memo
from gatling_core.features.plan import SHARES, PlanFeatures, describe
from gatling_core.features.policy import PolicyFeatures
from gatling_core.features.relations import LISTED
from gatling_core.policy import Policy, clauses, is_broken
from gatling_core.schemas import Case, Plan, Reason, ToolCall

FILE = "words.safetensors"

ENOUGH = 0.4
"""Share of a text that must be known for it to count as readable: names and identifiers make up the rest. Half of it is a doubt of ½."""
DOUBTED = 0.5
"""A doubt from here on is a reason."""

SHARED = 0.05
"""Share of a call's words from which it has something in common with a text: the words of every sentence stay below."""

_READS = text.heavy(frozenset(text.word_ids(
    "get list read search find show view fetch look lookup check count describe query select summarize summarise compare calculate "
    "think browse preview status history info detail retrieve load inspect verify validate"
)))  # fmt: skip
_ACTS = text.heavy(frozenset(text.word_ids(
    "send forward mail reply post publish share upload export transfer pay refund charge buy order book reserve cancel create add insert "
    "write update change edit set delete remove purge drop move rename grant revoke invite approve run execute install deploy"
)))  # fmt: skip
_TELLS_NOTHING = frozenset(text.word_ids("tool function func fn call api action method op operation handler step task plugin"))
"""Words of a tool's name that any tool could have."""

_LOOK_ALIKES = "аеорсухіјѕһԁԛԝӏкмтвнгАВЕКМНОРСТУХІЈЅԌαινκορυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
"""Cyrillic and Greek letters that can be read as Latin ones."""
_UNSEEN = "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
"""Zero-width characters and marks of direction. Without the soft hyphen: web pages have it inside their words."""
_SMUGGLED = "\U000e0020-\U000e007e"
"""Invisible copies of ASCII."""
_ODD = re.compile(f"[{_LOOK_ALIKES}{_UNSEEN}{_SMUGGLED}]")
_HIDDEN = re.compile(f"[A-Za-z0-9][{_UNSEEN}]+[A-Za-z0-9]|[{_SMUGGLED}]")
_LATIN = re.compile("[A-Za-z]")

_BROKEN = Memo[bool]()
"""Whether a policy is broken, by the name of its reading."""


class Grounds(NamedTuple):
    """`uncertainty` is the largest doubt, 0…1; `reasons` are the doubts of at least DOUBTED. Without a reason there is ground to judge."""

    uncertainty: float = 0.0
    reasons: tuple[Reason, ...] = ()


GROUNDED = Grounds()


@dataclass(frozen=True)
class Words:
    """Ids of the words that a model has met: in its training, and in the lexicon that its word vectors came from.

    Training alone says which language the model reads; the lexicon holds words of many, with a meaning for each by itself.
    """

    trained: frozenset[int]
    lexicon: frozenset[int] = frozenset()
    _policies: Memo[float] = field(default_factory=Memo[float], compare=False, repr=False)

    @classmethod
    def read(cls, package: Path) -> Self | None:
        """The words of a package; None for one that was made before they were kept.

        Raises:
            PackageRejected: they cannot be read.
        """
        try:
            found = load_file(str(package / FILE))
            return cls(frozenset(found["trained"].tolist()), frozenset(found["lexicon"].tolist()))
        except FileNotFoundError:
            return None
        except (OSError, KeyError, SafetensorError) as error:
            raise PackageRejected(f"{package.name}/{FILE} cannot be read: {type(error).__name__}") from error

    def write(self, folder: Path) -> None:
        """Put them into a run, or into a package before it is sealed."""
        (folder / FILE).write_bytes(save({"trained": _array(self.trained), "lexicon": _array(self.lexicon)}))

    def taught(self, more: Iterable[int]) -> Words:
        """These, and what another training met."""
        return Words(self.trained | frozenset(more), self.lexicon)

    def unread(self, policy: PolicyFeatures) -> float:
        """The doubt in a policy of clauses whose words are mostly unknown. Remembered by policy: it asks for every known word."""
        found = self._policies.get(policy.token)
        if found is None:
            known = policy.by_word.weigh([self.trained])[0] >= policy.totals / 2
            found = _doubt(float(known[policy.totals >= 1].mean()))
            self._policies.put(policy.token, found, 0)
        return found

    def share(self, words: frozenset[int]) -> float:
        """Of the telling words of a text, the share that training met."""
        return len(words & self.trained) / len(words)


def words_of(
    policies: Iterable[Policy], requests: Iterable[str], tools: Sequence[Mapping[str, Any]], plans: Iterable[Plan]
) -> set[int]:
    """Ids of the words that a training on these meets where grounds are looked for. No numbers: they are in texts of any language."""
    texts = [*requests, *describe(tools), *describe(tools).values()]
    texts += [part for policy in policies for clause in clauses(policy) for part in (*clause.path, clause.text)]
    texts += [name for plan in plans for node in plan.nodes for name in (node.tool_name, *node.arguments)]
    pairs = (zip(text.words(content), text.word_ids(content), strict=True) for content in dict.fromkeys(texts))
    return {word_id for word, word_id in chain.from_iterable(pairs) if word.isalpha()}


def grounds_of(case: Case, governance: GovernanceFeatures, plan: PlanFeatures, words: Words | None) -> Grounds:
    """What there is to judge a case by. Without `words`, nothing is asked of what texts mean."""
    doubts: dict[Reason, float] = {
        "broken_policy": float(_policy_is_broken(case.policy, governance.policy)),
        "unreadable_policy": _policy_doubt(governance.policy, words),
        "no_request": _request_doubt(case.execution_plan.nodes, governance, words),
        "unknown_origin": float(_from_nowhere(case.execution_plan.nodes, plan)),
        "opaque_tool": float(words is not None and _is_opaque(case, plan, words)),
        "look_alike_letters": float(_looks_alike(case.execution_plan.nodes)),
    }
    return Grounds(max(doubts.values()), tuple(reason for reason, doubt in doubts.items() if doubt >= DOUBTED))


def _doubt(share: float) -> float:
    return max(0.0, 1.0 - share / ENOUGH)


def _policy_is_broken(policy: Policy, read: PolicyFeatures) -> bool:
    """As `is_broken`, remembered by policy: it parses the text once more."""
    if not isinstance(policy, str):
        return False
    found = _BROKEN.get(read.token)
    if found is None:
        found = is_broken(policy)
        _BROKEN.put(read.token, found, 0)
    return found


def _policy_doubt(policy: PolicyFeatures, words: Words | None) -> float:
    if not (policy.totals >= 1).any():  # not a word in it
        return 1.0
    return words.unread(policy) if words else 0.0


def _request_doubt(nodes: Sequence[ToolCall], governance: GovernanceFeatures, words: Words | None) -> float:
    """A plan that only reads needs no request."""
    if not any(_acts(node.tool_name) for node in nodes):
        return 0.0
    asked = text.heavy(frozenset[int]().union(*(part.words for part in governance.request)))
    if not asked:
        return 1.0
    return _doubt(words.share(asked)) if words else 0.0


@cached
def _acts(tool: str) -> bool:
    """Whether a tool writes or sends, or does not clearly only read."""
    named = frozenset(text.word_ids(tool))
    return bool(named & _ACTS) or not named & _READS


def _from_nowhere(nodes: Sequence[ToolCall], plan: PlanFeatures) -> bool:
    """No call has a provenance or an influence, and none shares a word or a value with the request or an earlier output."""
    return not any(map(_is_placed, nodes)) and not (plan.node_feats[: plan.calls, SHARES] > SHARED).any()


def _is_placed(node: ToolCall) -> bool:
    influence = node.influence
    return bool(
        node.provenance_tier
        or (influence and (influence.request or influence.system or influence.outputs))
        or any((node.argument_provenance or {}).values())
    )


def _is_opaque(case: Case, plan: PlanFeatures, words: Words) -> bool:
    """Some call has a name of unknown words alone, no description of known ones, and no clause that lists it."""
    opaque = [i for i, node in enumerate(case.execution_plan.nodes) if not _says(node.tool_name, words)]
    if not opaque:
        return False
    known = describe(case.tools)
    return any(
        not _says(known.get(case.execution_plan.nodes[i].tool_name, ""), words) and not plan.pair[i, :, LISTED].any()
        for i in opaque
    )


def _says(content: str, words: Words) -> bool:
    telling = _telling(content)
    return not (telling.isdisjoint(words.trained) and telling.isdisjoint(words.lexicon))


@cached
def _telling(content: str) -> frozenset[int]:
    """The words of a tool's name or description that could say what it does: no numbers, no single letters, none that any tool has."""
    ids = zip(text.words(content), text.word_ids(content), strict=True)
    return text.heavy(frozenset(i for word, i in ids if len(word) > 1 and word.isalpha())) - _TELLS_NOTHING


def _looks_alike(nodes: Sequence[ToolCall]) -> bool:
    """Some text of the calls or their outputs is disguised; mostly all are ASCII, which one look tells."""
    if msgspec.json.encode([(node.tool_name, node.arguments, node.output) for node in nodes]).isascii():
        return False
    return any(not content.isascii() and is_disguised(content) for content in _written(nodes))


def _written(nodes: Sequence[ToolCall]) -> Iterator[str]:
    """What the planner wrote, and what it had read."""
    for node in nodes:
        yield node.tool_name
        for name, value in node.arguments.items():
            yield name
            yield from (scalar for scalar in scalars(value) if isinstance(scalar, str))
        if node.output:
            yield node.output


def is_disguised(content: str) -> bool:
    """Whether a word mixes Latin letters with some that only look like them, or hides characters: it is not what it is read as."""
    if not _ODD.search(content):
        return False
    mixed = (run for run in text.letter_runs(content) if _LATIN.search(run) and _ODD.search(run))
    return bool(_HIDDEN.search(content)) or next(mixed, None) is not None


def _array(ids: frozenset[int]) -> np.ndarray[Any, np.dtype[np.uint32]]:
    return np.array(sorted(ids), np.uint32)
