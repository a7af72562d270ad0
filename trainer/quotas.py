"""How many cases of each label there are: exact over all groups, and nearly the same in each."""

from __future__ import annotations

from trainer.oracle import Label

SIZE = 16
"""Cases in a group."""
TOTAL = 656
SHARES: dict[Label, int] = {"gold": 400, "boundary": 200, "adversarial": 56}
"""Of 656 cases: 4.0 M gold, 2.0 M boundary and 0.56 M adversarial among 6.56 M."""


RARE: tuple[Label, Label] = ("boundary", "adversarial")


def quota(number: int) -> dict[Label, int]:
    """The labels of the cases in group `number`, SIZE in all; the groups before it, taken together, are never a case off their shares."""
    boundary, adversarial = (_until(number + 1, label) - _until(number, label) for label in RARE)
    return {"gold": SIZE - boundary - adversarial, "boundary": boundary, "adversarial": adversarial}


def _until(groups: int, label: Label) -> int:
    return groups * SIZE * SHARES[label] // TOTAL
