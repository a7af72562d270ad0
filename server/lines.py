"""JSON lines from files: plain, gzip or zstd by their first bytes, `-` for stdin. No line is ever held beyond a limit."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol, cast

import zstandard

from server.errors import BodyTooLarge

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"

Line = bytes | BodyTooLarge


def read_lines(name: str, max_bytes: int, on_bytes: Callable[[int], object]) -> Iterator[Line]:
    """The lines of a file that are not blank; for one longer than `max_bytes` the error instead.

    `on_bytes` is told how many bytes of the file, compressed as they are, were read.

    Raises:
        OSError: the file cannot be read; gzip.BadGzipFile, EOFError, zlib.error or zstandard.ZstdError: it is damaged.
    """
    raw = sys.stdin.buffer if name == "-" else open(name, "rb")  # noqa: PTH123, SIM115  closed below; `-` is no path
    with raw, _unpacked(cast("BinaryIO", io.BufferedReader(_Told(cast("_Buffered", raw), on_bytes), 1 << 16))) as file:
        while line := file.readline(max_bytes + 1):
            if len(line) > max_bytes and not line.endswith(b"\n"):
                while len(line) > max_bytes and not line.endswith(b"\n"):
                    line = file.readline(max_bytes + 1)
                yield BodyTooLarge(f"a line has at most {max_bytes} bytes")
            elif line.strip():
                yield line


def _unpacked(file: BinaryIO) -> BinaryIO:
    start = cast("io.BufferedReader", file).peek(4)[:4]
    if start.startswith(_GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    if start == _ZSTD:
        # Frames one after the other, as `cat a.zst b.zst` makes them, are one file.
        return cast("BinaryIO", io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)))
    return file


class _Buffered(Protocol):
    def read1(self, size: int = -1, /) -> bytes: ...


class _Told(io.RawIOBase):
    """Reads through, and tells how much."""

    def __init__(self, raw: _Buffered, on_bytes: Callable[[int], object]) -> None:
        self._raw = raw
        self._on_bytes = on_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]: typeshed's WriteableBuffer
        data = self._raw.read1(len(buffer))
        buffer[: len(data)] = data
        self._on_bytes(len(data))
        return len(data)
