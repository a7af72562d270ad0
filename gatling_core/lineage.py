"""What a model learned from: the queued cases of its training with their verdicts, kept inside its package.

A package is sealed and may be copied anywhere, so it names no tenant: `identity` says which case it was, and whose that is stands in the
case queue and in `registry/taught` (gatling_core/kept.py), where it can be erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import AliasChoices, Field, TypeAdapter, ValidationError

from gatling_core.errors import PackageRejected
from gatling_core.kept import KeptCase, KeptCases
from gatling_core.registry import Manifest
from gatling_core.schemas import Contract, Verdict

LESSONS = "verdicts.json"
TAUGHT = "taught"
"""The folder, beside the versions, of the cases that models learned from."""


class Lesson(Contract):
    """One queued case as it was trained on: which, and what was said of it by whom, when and why."""

    identity: str = Field(validation_alias=AliasChoices("identity", "case_digest"))  # older packages name the digest alone
    decision_id: str
    verdict: Verdict


_Lessons = TypeAdapter(list[Lesson])


def write_lessons(staged: Path, cases: Sequence[KeptCase]) -> None:
    """Put the lessons of `cases` into a package before it is sealed."""
    lessons = [Lesson(identity=case.identity, decision_id=case.decision_id, verdict=case.verdict) for case in cases]
    (staged / LESSONS).write_bytes(_Lessons.dump_json(lessons, indent=1) + b"\n")


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


def taught(registry: Path) -> KeptCases:
    """The cases that the models of a registry learned from."""
    return KeptCases(registry / TAUGHT)


def line_of(version: str, manifests: Sequence[Manifest]) -> list[Manifest]:
    """A version with what it came from, the oldest first, as far back as there are manifests."""
    known, found = {manifest.version: manifest for manifest in manifests}, list[Manifest]()
    while version in known:
        found.append(known.pop(version))
        version = found[-1].parent or ""
    return found[::-1]


def anchor_in(line: Sequence[Manifest]) -> Manifest | None:
    """The last model of a line that no retraining made: it learned from no queued case. None if the line does not reach back to one."""
    return next((manifest for manifest in reversed(line) if not manifest.trained_cases), None)
