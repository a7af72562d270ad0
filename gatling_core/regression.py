"""The regression suite: judged cases held back from training for good, so that every later model is asked about them.

registry/regression/<case digest>.json   one case with its verdict; who is held back is decided by the digest alone
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from gatling_core.errors import RegistryError
from gatling_core.lineage import Lesson
from gatling_core.queue import QueuedCase
from gatling_core.registry import replace
from gatling_core.schemas import Case

NAME = "regression"


class HeldBack(Lesson):
    """A judged case that no model was trained on."""

    case: Case


class RegressionSuite:
    """The cases held back under one registry. Nothing is created before the first one."""

    def __init__(self, registry: Path) -> None:
        self.root = registry / NAME

    def takes(self, case: QueuedCase, share: float) -> bool:
        """Whether this case is held back: it is already, or its digest falls into the share. The same in every run."""
        digest = case.entry.case_digest
        return self._path(digest).exists() or int(digest[:8], 16) < share * 2**32

    def add(self, cases: Sequence[QueuedCase]) -> None:
        """Keep judged cases, durably; one that is kept already gets the new verdict.

        Raises:
            RegistryError: they cannot be written.
        """
        try:
            for case in cases:
                self.root.mkdir(parents=True, exist_ok=True)
                lesson = Lesson.of(case).model_dump()
                replace(self._path(case.entry.case_digest), HeldBack(**lesson, case=case.entry.case).model_dump_json() + "\n")
        except OSError as error:
            raise RegistryError(f"the regression suite cannot be written: {error}") from error

    def cases(self, most: int) -> list[HeldBack]:
        """The `most` last judged cases, oldest first; what cannot be read is left out."""
        found: list[HeldBack] = []
        for path in self.root.glob("*.json"):
            try:
                found.append(HeldBack.model_validate_json(path.read_bytes()))
            except (OSError, ValidationError):
                continue
        return sorted(found, key=lambda held: (str(held.verdict.time), held.case_digest))[-most:]

    def forget(self, tenant: str) -> int:
        """Erase the cases of a tenant; how many there were."""
        gone = [held for held in self.cases(most=2**31) if held.tenant == tenant]
        for held in gone:
            self._path(held.case_digest).unlink(missing_ok=True)
        return len(gone)

    def _path(self, digest: str) -> Path:
        return self.root / f"{digest}.json"
