"""Judged cases kept as files beside the models: whole, and with whose they are.

    <root>/<identity>.json   one case with its verdict and what the model then made of it

A model package names neither a tenant nor what a case holds: who may know them finds the case here, until it is erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from gatling_core.errors import RegistryError
from gatling_core.queue import QueuedCase, identity_of
from gatling_core.registry import replace
from gatling_core.schemas import Case, Contract, Terms, Verdict


class KeptCase(Contract):
    """A judged case. `terms` are those of the answer that it was queued with."""

    case_digest: str
    decision_id: str
    tenant: str
    verdict: Verdict
    case: Case
    terms: Terms = Terms()

    @property
    def identity(self) -> str:
        return identity_of(self.tenant, self.case_digest)

    @classmethod
    def of(cls, case: QueuedCase) -> Self:
        assert case.verdict is not None, "only judged cases are kept"
        entry = case.entry
        return cls(
            case_digest=entry.case_digest,
            decision_id=entry.decision_id,
            tenant=entry.tenant,
            verdict=case.verdict,
            case=entry.case,
            terms=entry.answer.terms,
        )


class KeptCases:
    """The cases in one folder. Nothing is created before the first one."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __contains__(self, identity: str) -> bool:
        return self._path(identity).exists()

    def __iter__(self) -> Iterator[KeptCase]:
        """In no order; what cannot be read is left out."""
        return (case for _, case in self._files())

    def add(self, cases: Sequence[KeptCase]) -> None:
        """Keep cases, durably; one that is kept already gets the new verdict.

        Raises:
            RegistryError: they cannot be written.
        """
        try:
            for case in cases:
                self.root.mkdir(parents=True, exist_ok=True)
                replace(self._path(case.identity), case.model_dump_json() + "\n")
        except OSError as error:
            raise RegistryError(f"{self.root.name} cannot be written: {error}") from error

    def forget(self, *, tenant: str | None = None, judged_before: datetime | None = None) -> int:
        """Erase the cases of a tenant, or those that were judged before a time; how many there were."""
        gone = [path for path, case in self._files() if _is(case, tenant, judged_before)]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _files(self) -> Iterator[tuple[Path, KeptCase]]:
        for path in self.root.glob("*.json"):
            try:
                yield path, KeptCase.model_validate_json(path.read_bytes())
            except (OSError, ValidationError):
                continue

    def _path(self, identity: str) -> Path:
        return self.root / f"{identity}.json"


def _is(case: KeptCase, tenant: str | None, judged_before: datetime | None) -> bool:
    time = case.verdict.time
    return tenant in (None, case.tenant) and (judged_before is None or (time is not None and time < judged_before))
