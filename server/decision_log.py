"""The decision log: one JSON line for every decision, written by a thread of its own, never in the way of an answer.

What is dropped because the disk or the reader of stdout is too slow is counted, and the metrics' alert says so. Files stand in a
folder, every process writes its own, and the oldest go when the folder is full. Outputs are never written; arguments only as
digests unless the setting says otherwise, and then with their secrets masked.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

import msgspec
import structlog

from gatling_core.errors import GatlingError
from gatling_core.masking import Masker
from gatling_core.schemas import Answer, Case
from gatling_core.settings import Settings
from server.origin import ORIGIN, Origin
from server.problems import problem_of
from server.sibling import Sibling, kept

_BATCH = 256
_GATHER_S = 0.05
"""Between two writes: a wake-up of the thread and a write for every decision would cost more than the line itself."""
_FILE_BYTES = 64 * 1024 * 1024
_STOP_S = 10.0
"""How long the end of the server waits for what is not written yet."""
_COMPLAIN_EVERY_S = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Decided:
    case: Case
    outcome: Answer | GatlingError
    tenant: str
    origin: Origin
    at: float


class Target(Protocol):
    """Where lines go."""

    def write(self, lines: bytes) -> None:
        """All of them, or OSError."""
        ...

    def close(self) -> None: ...


class DecisionLog:
    """Takes decisions on the event loop, writes them on a thread. `waiting`, `written` and `dropped` are for the metrics."""

    def __init__(self, target: Target | None, masker: Masker | None, *, max_waiting: int) -> None:
        """No target: no log. No masker: arguments as digests only."""
        self.written = 0
        self.dropped = 0
        self._target = target
        self._masker = masker
        self._max_waiting = max_waiting
        self._waiting: SimpleQueue[_Decided | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="decision-log", daemon=True)
        self._ending = threading.Event()
        self._counting = threading.Lock()
        self._complained = -_COMPLAIN_EVERY_S

    @classmethod
    def of(cls, settings: Settings, sibling: Sibling | None = None) -> DecisionLog:
        """As the settings say; with a `sibling`, others write to the same stdout."""
        masker = Masker(settings.decision_log_mask) if settings.decision_log_arguments else None
        target: Target | None = None
        if settings.decision_log == "file":
            target = Folder(settings.data_dir / "decisions", max_bytes=settings.decision_log_max_bytes)
        elif settings.decision_log == "stdout":
            target = Stdout(sibling.folder if sibling else None)
        return cls(target, masker, max_waiting=settings.decision_log_max_waiting)

    @property
    def waiting(self) -> int:
        return self._waiting.qsize()

    def start(self) -> None:
        if self._target:
            self._thread.start()

    def add(self, case: Case, outcome: Answer | GatlingError, tenant: str) -> None:
        """Log a decision, or that there is none and why. Never waits."""
        if self._target is None:
            return
        if self._waiting.qsize() >= self._max_waiting:
            self._drop(1, "too many decisions wait to be written")
            return
        self._waiting.put(_Decided(case, outcome, tenant, ORIGIN.get(), time.time()))

    def stop(self) -> None:
        """Write what waits, unless that takes too long: then it is lost, and said so."""
        if self._target:
            self._ending.set()
            self._waiting.put(None)
            self._thread.join(_STOP_S)
            if self._thread.is_alive():
                self._drop(self.waiting, "the server ended, and what was waiting could not be written in time")

    def _run(self) -> None:
        assert self._target
        while batch := self._take():
            lines = [line for item in batch if item is not None for line in self._encoded(item)]
            try:
                if lines:  # no file for none
                    self._target.write(b"".join(lines))
                self.written += len(lines)
            except OSError as error:
                self._drop(len(lines), error.strerror or type(error).__name__)
            if batch[-1] is None:
                break
            if len(batch) < _BATCH:
                self._ending.wait(_GATHER_S)
        self._target.close()

    def _take(self) -> list[_Decided | None]:
        """What is waiting, at least one; the last is None at the end."""
        batch = [self._waiting.get()]
        while len(batch) < _BATCH and batch[-1] is not None:
            try:
                batch.append(self._waiting.get_nowait())
            except Empty:
                break
        return batch

    def _drop(self, count: int, reason: str) -> None:
        with self._counting:  # the event loop and the writer both drop
            self.dropped += count
        if time.monotonic() - self._complained >= _COMPLAIN_EVERY_S:
            self._complained = time.monotonic()
            log.error("decisions_not_logged", dropped_so_far=self.dropped, reason=reason)

    def _encoded(self, item: _Decided) -> list[bytes]:
        try:
            return [msgspec.json.encode(self._line(item)) + b"\n"]
        except Exception as error:  # noqa: BLE001  one decision that cannot be written must not end the log
            self._drop(1, type(error).__name__)
            return []

    def _line(self, item: _Decided) -> dict[str, Any]:
        case, outcome, plan = item.case, item.outcome, item.case.execution_plan
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(item.at, UTC),
            "trace_id": item.origin.trace_id,
            "tenant": item.tenant,
            "key": item.origin.key,
            "case_id": case.id,
            "plan_digest": digest(
                [case.user_role, case.context, [[n.node_id, n.tool_name, n.arguments] for n in plan.nodes], plan.edges]
            ),
        }
        if isinstance(outcome, Answer):
            line |= outcome.model_dump(mode="json", exclude={"nodes"})
            energies: list[float | None] = [node.energy for node in outcome.nodes]
        else:
            line |= {"decision": None, "problem": problem_of(outcome).type.rsplit(":", 1)[-1]}
            energies = [None] * len(plan.nodes)
        line["calls"] = [
            {"node_id": node.node_id, "tool_name": node.tool_name, "arguments": digest(node.arguments), "energy": energy}
            for node, energy in zip(plan.nodes, energies, strict=True)
        ]
        if self._masker:
            line |= kept_case(case, self._masker)
        return line


def digest(value: Any) -> str:
    """SHA-256 of the JSON of `value` with sorted keys."""
    return "sha256:" + hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def kept_case(case: Case, masker: Masker) -> dict[str, Any]:
    """The case as it may be kept, and whether it is exact: nothing was masked or left out, so that it scores as it did."""
    whole = case.model_dump(mode="json", include={"id", "policy", "user_role", "context", "tools", "execution_plan"})
    outputs = [node.pop("output") for node in whole["execution_plan"]["nodes"]]
    kept = masker.value(whole, names=False)  # a policy names secrets without holding any
    kept["context"] = masker.value(whole["context"])
    for node, own in zip(kept["execution_plan"]["nodes"], whole["execution_plan"]["nodes"], strict=True):
        node["arguments"] = masker.value(own["arguments"])
    return {"case": kept, "exact": kept == whole and not any(outputs)}


class Folder:
    """Files named by time and process, each locked by its writer; a new one after 64 MiB, and then the oldest go."""

    def __init__(self, root: Path, *, max_bytes: int) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._file_bytes = min(_FILE_BYTES, max_bytes // 4)
        self._fd: int | None = None
        self._size = 0

    def write(self, lines: bytes) -> None:
        """
        Raises:
            OSError: the disk does not take them; none of them is written.
        """
        if self._fd is None or self._size + len(lines) > self._file_bytes:
            self.close()
            self._fd = self._opened()
        written = os.write(self._fd, lines)
        if written < len(lines):
            os.ftruncate(self._fd, self._size)  # half a line would spoil the next one too
            raise OSError(28, "no space left for the decision log")
        self._size += written

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd, self._size = None, 0

    def _opened(self) -> int:
        self._root.mkdir(parents=True, exist_ok=True)
        self._prune()
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}"
        hidden = self._root / f".{name}"
        fd = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        hidden.rename(self._root / f"{name}.jsonl")  # locked before it has its name, so that no other process removes it
        return fd

    def _prune(self) -> None:
        """Room for one more file: the oldest that nobody writes go."""
        sizes = {path: _size(path) for path in sorted(self._root.glob("*.jsonl"))}
        total = sum(sizes.values()) + self._file_bytes
        for path, size in sizes.items():
            if total <= self._max_bytes:
                return
            if _unlinked(path):
                total -= size


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # another process made room too
        return 0


def _unlinked(path: Path) -> bool:
    """Whether the file is gone; one that somebody writes stays."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


class Stdout:
    """For whoever collects the output of a container; one process writes at a time, or a slow reader would get torn lines."""

    def __init__(self, folder: Path | None) -> None:
        self._turns = folder / "stdout.lock" if folder else None

    def write(self, lines: bytes) -> None:
        with self._turn():
            sys.stdout.buffer.write(lines)
            sys.stdout.buffer.flush()

    @contextmanager
    def _turn(self) -> Generator[None]:
        if self._turns is None:
            yield
            return
        kept(self._turns.parent)
        with self._turns.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def close(self) -> None:
        """Stdout is not ours to close."""
