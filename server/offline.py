"""Scoring files without a server: JSON lines in, answer lines out, in order, on several threads."""

from __future__ import annotations

import json
import sys
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from gzip import BadGzipFile
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, cast

import zstandard
from tqdm import tqdm

from gatling_core import jsonl
from gatling_core.errors import InvalidInput
from gatling_core.mirror import registry_of
from gatling_core.recorder import record
from gatling_core.runtime import Score
from gatling_core.schemas import Case, ModelRef, Trace
from gatling_core.settings import Settings
from server.body import decode, validate
from server.decider import answer_of
from server.engine import Scored, ScoringModel, score_each
from server.errors import BodyTooLarge, NoModel
from server.problems import problem_of
from server.reload import first_model, load_checked, loader

Scorable = tuple[str | None, Case | Exception]
"""The id of a line, and its case or what is wrong with it."""


def score_files(settings: Settings, files: Sequence[str], target: TextIO, *, show_progress: bool) -> int:
    """Answer lines for all files, one after the other, on `target`; how many of them hold an error.

    Raises:
        NoModel: nothing to score with.
        InvalidInput: a file is damaged.
        OSError: a file cannot be read, or `target` not be written.
    """
    model = model_of(settings)
    wrong = 0
    scored = score_lines(model, _lines(files), settings)
    for printed, is_answer in tqdm(scored, unit=" lines", disable=not show_progress, file=sys.stderr):
        target.write(json.dumps(printed, ensure_ascii=False) + "\n")
        wrong += not is_answer
    target.flush()
    return wrong


def _lines(files: Sequence[str]) -> Iterator[bytes]:
    for name in files:
        try:
            yield from jsonl.lines(Path(name))
        except (EOFError, BadGzipFile, zlib.error, zstandard.ZstdError) as error:
            raise InvalidInput(f"{name} is damaged: {error}") from error


def model_of(settings: Settings, *, version: str | None = None, package: Path | None = None) -> ScoringModel:
    """A version of the registry, or a package, or without either what `up` would serve.

    Raises:
        RegistryError: no such version, or it must not serve.
        NoModel: nothing can.
    """
    if version or package:
        return load_checked(loader(settings), package or _package(settings, version or ""))
    reasons: list[str] = []
    model = first_model(
        registry_of(settings),
        settings.shipped_model,
        loader(settings),
        lambda name, error: reasons.append(f"{name}: {error}"),
    )
    if model is None:
        raise NoModel("; ".join(reasons) or f"there is no model in {settings.registry} nor in {settings.shipped_model}")
    for reason in reasons:
        tqdm.write(f"gatling: refused {reason}; scoring with {model.version}", file=sys.stderr)
    return model


def _package(settings: Settings, version: str) -> Path:
    registry = registry_of(settings)
    registry.refresh()
    return registry.package(version)


def score_lines(model: ScoringModel, lines: Iterable[bytes], settings: Settings) -> Iterator[tuple[dict[str, Any], bool]]:
    """Per line, in order, the JSON object to print and whether it is an answer (an error otherwise)."""
    source = iter(lines)
    running: deque[Future[list[tuple[dict[str, Any], bool]]]] = deque()
    with ThreadPoolExecutor(settings.workers, thread_name_prefix="score") as pool:
        while True:
            # One batch ahead of the workers: enough to keep them busy, and memory stays bounded.
            while len(running) <= settings.workers and (chunk := list(islice(source, settings.max_batch))):
                running.append(pool.submit(_score_chunk, model, chunk, settings))
            if not running:
                return
            yield from running.popleft().result()


def _score_chunk(model: ScoringModel, lines: list[bytes], settings: Settings) -> list[tuple[dict[str, Any], bool]]:
    reference = ModelRef(version=model.version, digest=model.digest)
    read = [_read(line, settings.max_body_bytes) for line in lines]
    outcomes = iter(score_each(model, [case for _, case in read if isinstance(case, Case)]))
    printed: list[tuple[dict[str, Any], bool]] = []
    for name, case in read:
        outcome = next(outcomes) if isinstance(case, Case) else case
        if isinstance(outcome, Score):
            answer = answer_of(Scored(outcome, reference), settings.bands)
            printed.append(({"id": name, **answer.model_dump(mode="json")}, True))
        else:
            printed.append(({"id": name, "error": problem_of(outcome).model_dump(mode="json")}, False))
    return printed


def _read(line: bytes, max_bytes: int) -> Scorable:
    """A line with `messages` is a trace, any other a case."""
    if len(line) > max_bytes:
        return None, BodyTooLarge(f"at most {max_bytes} bytes are accepted")
    name = None
    try:
        document = decode(line)
        if not isinstance(document, dict):
            return None, validate(Case, document)
        fields = cast("dict[str, Any]", document)
        name = _id_of(fields)
        return name, record(validate(Trace, fields)) if "messages" in fields else validate(Case, fields)
    except Exception as error:  # noqa: BLE001  one line, whatever is in it, does not end the run
        return name, error


def _id_of(document: dict[str, Any]) -> str | None:
    """The id as it can be printed, whatever else is wrong with the line."""
    name = document.get("id")
    return name.encode("utf-8", "replace").decode() if isinstance(name, str) else None
