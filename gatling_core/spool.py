"""Queue entries on disk until Redis has them, so that a decision never waits for Redis and none is forgotten.

A segment is a file of lines `CRC-32 JSON`. Its writer holds a lock on it for as long as it lives; a segment that nobody
holds was left by a killed process, and any other may deliver it. Delivery is at least once and the queue drops the second:
exactly once into the stream. What was appended survives kill -9 at once, a power cut only when the kernel has written it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import uuid
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

from gatling_core.errors import InvalidInput, QueueUnavailable
from gatling_core.queue import CaseQueue, QueueEntry, WrittenEntry, tenant_in

log = logging.getLogger(__name__)

REJECTED = "rejected.jsonl"
_REJECTED_LOCK = "rejected.lock"
_SUFFIX = ".segment"
_MAX_SEGMENT_BYTES = 4 * 1024 * 1024
_BATCH = 64
_GATHER_S = 0.2
"""Between an entry and its delivery: a file and a round trip each would cost more than the case itself."""

_Line = tuple[int, bytes | None]
"""The offset of a line's end, and its JSON, or None if it was torn."""


@dataclass(frozen=True)
class SpoolStats:
    """Bytes waiting on disk, and since the start: entries delivered, refused (spool full, no disk), torn, rejected (unreadable)."""

    waiting_bytes: int
    delivered: int
    refused: int
    torn: int
    rejected: int


class Spool:
    """One process's end of a spool folder; several processes may share the folder. Safe to use from many threads."""

    def __init__(self, root: Path, queue: CaseQueue, *, max_bytes: int = 256 * 1024 * 1024, retry_ms: int = 1_000) -> None:
        self._root, self._queue = root, queue
        self._max_bytes, self._retry_s = max_bytes, retry_ms / 1_000
        self._writing, self._delivering = threading.Lock(), threading.Lock()
        self._current: _Segment | None = None
        self._sealed: list[_Segment] = []
        self._sealed_bytes = _bytes_in(root)
        self._delivered = self._refused = self._torn = self._rejected = 0
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._healthy = True

    def append(self, entry: QueueEntry) -> bool:
        """Keep an entry for delivery: one write, no wait. False if it cannot be kept: the spool is full or the disk refuses."""
        payload = entry.model_dump_json().encode()
        line = b"%08x %s\n" % (zlib.crc32(payload), payload)
        with self._writing:
            kept = self._kept(line)
            self._refused += not kept
        self._wake.set()
        return kept

    def flush_once(self) -> int:
        """Deliver everything on disk that no living process but this one holds; how many entries Redis has now.

        Raises:
            QueueUnavailable: Redis does not take them now. What is not delivered stays on disk.
        """
        with self._delivering:
            before = self._delivered
            try:
                self._sealed += _left_behind(self._root)
                self._deliver_sealed()
                # Sealed only when it is its turn: while Redis is down, segments grow instead of multiplying.
                with self._writing:
                    self._seal()
                self._deliver_sealed()
            finally:
                with self._writing:
                    self._sealed_bytes = _bytes_in(self._root) - (self._current.size if self._current else 0)
            return self._delivered - before

    def start(self) -> None:
        """Deliver in the background from now on."""
        assert self._thread is None, "the spool was started already"
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Try to deliver once more, and let go of the folder. What Redis does not take waits for the next process."""
        self._stopping.set()
        self._wake.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        with self._writing:
            self._seal()
            while self._sealed:
                self._sealed.pop().close()

    @property
    def healthy(self) -> bool:
        """Whether Redis took what it was last offered in the background."""
        return self._healthy

    def stats(self) -> SpoolStats:
        return SpoolStats(self._waiting_bytes(), self._delivered, self._refused, self._torn, self._rejected)

    def _run(self) -> None:
        while True:
            self._wake.clear()
            # With nothing new it still looks now and then: another process may have died and left a segment behind.
            idle = self._wake
            try:
                self.flush_once()
                self._healthy = True
            except Exception as error:  # any: the entries are on disk, and only this thread delivers them
                if not isinstance(error, (QueueUnavailable, OSError)):
                    log.exception("the spool was not delivered")
                self._healthy = False
                idle = self._stopping
            if self._stopping.is_set():
                return
            idle.wait(self._retry_s)
            self._stopping.wait(_GATHER_S)

    def _kept(self, line: bytes) -> bool:
        if self._waiting_bytes() + len(line) > self._max_bytes:
            return False
        try:
            if self._current is None or self._current.size > _MAX_SEGMENT_BYTES:
                self._seal()
                self._current = _Segment.create(self._root)
            self._current.append(line)
        except OSError:
            return False
        return True

    def _waiting_bytes(self) -> int:
        return self._sealed_bytes + (self._current.size if self._current else 0)

    def _seal(self) -> None:
        """Write no more to the current segment. Its lock stays until it is delivered."""
        if self._current:
            self._sealed.append(self._current)
            self._sealed_bytes += self._current.size
            self._current = None

    def _deliver_sealed(self) -> None:
        while self._sealed:
            self._deliver(self._sealed[0])
            self._sealed.pop(0).remove()

    def _deliver(self, segment: _Segment) -> None:
        for lines in _batches(segment.lines()):
            whole = [payload for _, payload in lines if payload is not None]
            entries, unreadable = _parsed(whole)
            self._queue.add_written(entries)
            # Only now: while Redis is down, the same lines come here again and again.
            if unreadable:
                with _rejected(self._root) as path, path.open("ab") as file:
                    file.writelines(payload + b"\n" for payload in unreadable)
            self._delivered += len(entries)
            self._rejected += len(unreadable)
            self._torn += len(lines) - len(whole)
            segment.delivered = lines[-1][0]


class _Segment:
    """One file of lines, locked for as long as this object has it open. `delivered` is the offset up to which Redis has it."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path, self._fd = path, fd
        self.size = os.fstat(fd).st_size
        self.delivered = 0

    @classmethod
    def create(cls, root: Path) -> Self:
        """Locked before it has its real name, so that nobody takes it for one left behind."""
        root.mkdir(parents=True, exist_ok=True)
        hidden = root / f".{uuid.uuid4().hex}"
        fd = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        path = root / f"{hidden.name[1:]}{_SUFFIX}"
        hidden.rename(path)
        return cls(path, fd)

    @classmethod
    def adopt(cls, path: Path) -> Self | None:
        """The segment of a process that is gone; None if somebody holds it or delivered it a moment ago, or if it may not be opened."""
        try:
            fd = os.open(path, os.O_RDWR)
        except OSError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists():
                return cls(path, fd)
        except BlockingIOError:
            pass
        os.close(fd)
        return None

    def append(self, line: bytes) -> None:
        written = os.write(self._fd, line)
        if written < len(line):
            os.ftruncate(self._fd, self.size)  # the disk is full; half a line would spoil the next one too
            raise OSError("no space left for the spool")
        self.size += written

    def lines(self) -> Iterator[_Line]:
        """Every line that is not delivered yet."""
        end = self.delivered
        for line in os.pread(self._fd, self.size - end, end).splitlines(keepends=True):
            end += len(line)
            checksum, _, payload = line.rstrip(b"\n").partition(b" ")
            whole = line.endswith(b"\n") and checksum == b"%08x" % zlib.crc32(payload)
            yield end, payload if whole else None

    def remove(self) -> None:
        self.path.unlink()
        self.close()

    def close(self) -> None:
        os.close(self._fd)


def flush_spool(root: Path, queue: CaseQueue) -> int:
    """Deliver what no living process holds; the bytes that others still hold.

    Raises:
        QueueUnavailable: Redis does not take them now.
    """
    spool = Spool(root, queue)
    try:
        spool.flush_once()
        return spool.stats().waiting_bytes
    finally:
        spool.stop()


def erase_rejected(root: Path, tenant: str) -> int:
    """Take a tenant's lines out of those that could not be read; how many there were."""
    try:
        with _rejected(root) as path:
            found = path.read_bytes().splitlines(keepends=True)
            kept = [line for line in found if tenant_in(line) != tenant]
            staged = path.with_suffix(".staged")
            staged.write_bytes(b"".join(kept))
            staged.replace(path)
    except FileNotFoundError:
        return 0
    return len(found) - len(kept)


@contextmanager
def _rejected(root: Path) -> Generator[Path]:
    """The file of what could not be read, for one process at a time: a line added to a file that another is replacing goes with the old one.

    The lock is a file of its own, since the one that it is for is replaced.
    """
    with (root / _REJECTED_LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield root / REJECTED


def _batches(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    while batch := list(islice(lines, _BATCH)):
        yield batch


def _parsed(payloads: Sequence[bytes]) -> tuple[list[WrittenEntry], list[bytes]]:
    """Entries, and what this version of Gatling cannot read: that is put aside for one that can."""
    entries: list[WrittenEntry] = []
    unreadable: list[bytes] = []
    for payload in payloads:
        try:
            entries.append(WrittenEntry.read(payload))
        except InvalidInput:
            unreadable.append(payload)
    return entries, unreadable


def _left_behind(root: Path) -> list[_Segment]:
    """Ours are never among them: we hold their locks."""
    adopted = (_Segment.adopt(path) for path in root.glob(f"*{_SUFFIX}"))
    return [segment for segment in adopted if segment]


def _bytes_in(root: Path) -> int:
    total = 0
    for path in root.glob(f"*{_SUFFIX}"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # another process delivered it between the two calls
            continue
    return total
