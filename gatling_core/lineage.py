"""What a model learned from: the queued cases of its training with their verdicts, kept inside its package."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from gatling_core.errors import PackageRejected
from gatling_core.queue import QueuedCase
from gatling_core.schemas import Contract, Verdict

LESSONS = "verdicts.json"


class Lesson(Contract):
    """One queued case as it was trained on: which, of whom, and what was said of it by whom, when and why."""

    case_digest: str
    decision_id: str
    tenant: str
    verdict: Verdict

    @classmethod
    def of(cls, case: QueuedCase) -> Lesson:
        assert case.verdict is not None, "only judged cases are trained on"
        entry = case.entry
        return cls(case_digest=entry.case_digest, decision_id=entry.decision_id, tenant=entry.tenant, verdict=case.verdict)


_Lessons = TypeAdapter(list[Lesson])


def write_lessons(staged: Path, cases: Sequence[QueuedCase]) -> None:
    """Put the lessons of `cases` into a package before it is sealed."""
    lessons = [Lesson.of(case).model_dump(mode="json") for case in cases]
    (staged / LESSONS).write_text(json.dumps(lessons, indent=1) + "\n", encoding="utf-8")


def read_lessons(package: Path) -> list[Lesson]:
    """The lessons of a package; none, if it was trained without queued cases or before they were kept.

    Raises:
        PackageRejected: they cannot be read.
    """
    try:
        return _Lessons.validate_json((package / LESSONS).read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as error:
        raise PackageRejected(f"{package.name}/{LESSONS} cannot be read: {type(error).__name__}") from error
