"""Which open case is looked at next: filters and orders over a bounded part of the case queue."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from gatling_core.bands import Bands
from gatling_core.errors import InvalidInput
from gatling_core.queue import CaseQueue, Glance, QueuedCase
from gatling_core.schemas import Contract, Decision

MAX_LOOKED_AT = 2_000
"""Cases one question looks through, so that a rare label does not read the whole queue."""
MAX_LOOKED_AT_BYTES = 64 * 1024 * 1024

Judgement = Literal["gold", "boundary", "adversarial", "unjudged", "any"]
Order = Literal["newest", "nearest", "policy", "disagreement"]
BandsOf = Callable[[str], Bands]
"""The cut-offs of a tenant."""
Rank = Callable[[Sequence[Glance]], Sequence[float]]
"""The place of each open case among others, the first one lowest; of equals the newest comes first."""


class Wanted(Contract):
    """Which open cases; what is None does not matter."""

    label: Judgement = Field(default="any", description="only cases with this verdict, or without one")
    decision: Decision | None = Field(default=None, description="only cases that were decided so")
    doubted: bool | None = Field(default=None, description="only cases that there were reasons to doubt, or only others")
    tenant: str | None = Field(default=None, max_length=64, description="only cases of this tenant")
    energy_from: float | None = Field(default=None, ge=0, description="only cases of at least this energy")
    energy_to: float | None = Field(default=None, ge=0, description="only cases of at most this energy")

    def takes(self, glance: Glance) -> bool:
        return (
            self.label in ("any", glance.label or "unjudged")
            and self.decision in (None, glance.decision)
            and self.doubted in (None, glance.doubted)
            and self.tenant in (None, glance.tenant)
            and (self.energy_from is None or glance.energy >= self.energy_from)
            and (self.energy_to is None or glance.energy <= self.energy_to)
        )


@dataclass(frozen=True)
class Page:
    """Cases in order. `next`, if there may be more, is what to give as `before` for the next page."""

    cases: list[QueuedCase]
    next: str | None


def newest(queue: CaseQueue, wanted: Wanted, *, limit: int, before: str | None = None) -> Page:
    """The newest wanted cases, of those older than the id `before`.

    Raises:
        InvalidInput: `before` is no id.
    """
    found: list[str] = []
    last, looked_at, size = before, 0, 0
    for glance in queue.glances(before=before):
        if len(found) == limit or looked_at == MAX_LOOKED_AT or size > MAX_LOOKED_AT_BYTES:
            return Page(queue.read(found), last)
        last, looked_at, size = glance.id, looked_at + 1, size + glance.size
        if wanted.takes(glance):
            found.append(glance.id)
    return Page(queue.read(found), None)


def ranked(queue: CaseQueue, wanted: Wanted, rank: Rank, *, limit: int, before: str | None = None) -> Page:
    """Of the newest MAX_LOOKED_AT open cases the wanted ones, in the order of `rank`.

    Raises:
        InvalidInput: `before` is no `next` of such a page.
    """
    found = [item for item in _ranked(queue, rank) if wanted.takes(item[1])]
    start = bisect_right(found, _place(before), key=lambda item: item[0]) if before else 0
    shown = found[start : start + limit]
    more = start + limit < len(found)
    return Page(queue.read([glance.id for _, glance in shown]), _cursor(*shown[-1]) if more else None)


def beside(queue: CaseQueue, wanted: Wanted, case: QueuedCase, rank: Rank | None) -> tuple[str | None, str | None]:
    """The decision ids before and after a case in the order of `rank`, or newest first without; none, if it is too old to be ranked."""
    if rank is None:
        sides = queue.glances(after=case.id), queue.glances(before=case.id)
        newer, older = (next(filter(wanted.takes, _bounded(side)), None) for side in sides)
        return newer and newer.decision_id, older and older.decision_id
    found = [glance for _, glance in _ranked(queue, rank) if glance.id == case.id or wanted.takes(glance)]
    at = next((k for k, glance in enumerate(found) if glance.id == case.id), None)
    if at is None:
        return None, None
    return found[at - 1].decision_id if at else None, found[at + 1].decision_id if at + 1 < len(found) else None


def nearest(bands_of: BandsOf) -> Rank:
    """Those first whose energy is nearest to a cut-off of their tenant."""
    return lambda glances: [distance(glance.energy, bands_of(glance.tenant)) for glance in glances]


def newest_policy(glances: Sequence[Glance]) -> list[float]:
    """Those first whose policy came last: what is new to the model is what it may know least of."""
    first = {glance.policy_digest: _age(glance.id)[0] for glance in sorted(glances, key=lambda glance: _age(glance.id))}
    return [float(first[glance.policy_digest]) for glance in glances]


def disagreement(glances: Sequence[Glance]) -> list[float]:
    """Those first that the shadow decides otherwise, then by how far its energy is off; last, those that it has not scored."""
    return [_agreement(glance) for glance in glances]


def distance(energy: float, bands: Bands) -> float:
    """From an energy to the nearer of the two cut-offs."""
    return min(abs(energy - bands.review_at), abs(energy - bands.block_at))


def _agreement(glance: Glance) -> float:
    """Up to 1 where two models decide differently and up to 2 where not, falling with |difference of energies|; 3 for one model alone."""
    if glance.shadow is None:
        return 3.0
    return (glance.shadow.decision == glance.decision) + 1 / (1 + abs(glance.shadow.energy - glance.energy))


_Key = tuple[float, tuple[int, int]]


def _ranked(queue: CaseQueue, rank: Rank) -> list[tuple[_Key, Glance]]:
    found = list(_bounded(queue.glances()))
    keyed = (((place, _age(glance.id)), glance) for place, glance in zip(rank(found), found, strict=True))
    return sorted(keyed, key=lambda item: item[0])


def _bounded(glances: Iterator[Glance]) -> Iterator[Glance]:
    size = 0
    for _, glance in zip(range(MAX_LOOKED_AT), glances, strict=False):
        yield glance
        size += glance.size
        if size > MAX_LOOKED_AT_BYTES:
            return


def _age(id_: str) -> tuple[int, int]:
    """Sorts the newest first."""
    milliseconds, _, number = id_.partition("-")
    return -int(milliseconds), -int(number)


def _cursor(key: _Key, glance: Glance) -> str:
    return f"{key[0]!r}_{glance.id}"


def _place(cursor: str) -> _Key:
    far, _, id_ = cursor.partition("_")
    try:
        return float(far), _age(id_)
    except ValueError:
        raise InvalidInput("give `next` of the page before", "before") from None
