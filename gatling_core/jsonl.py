"""JSON lines from plain, gzip and zstandard files, or standard input, one line at a time."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import zstandard

SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst")


def lines(path: Path) -> Iterator[bytes]:
    """The non-empty lines of a file; `-` is standard input."""
    with _opened(path) as file:
        for line in file:
            if line.strip():
                yield line


def files(path: Path) -> list[Path]:
    """The path itself, or the JSONL files in a folder, sorted by name.

    Raises:
        FileNotFoundError: nothing is there.
    """
    found = sorted(p for p in path.iterdir() if p.name.endswith(SUFFIXES)) if path.is_dir() else [path]
    if not found or not all(p.exists() or str(p) == "-" for p in found):
        raise FileNotFoundError(f"no JSONL file at {path}")
    return found


@contextmanager
def _opened(path: Path) -> Generator[IO[bytes]]:
    if str(path) == "-":
        yield sys.stdin.buffer
    elif path.suffix == ".gz":
        with gzip.open(path, "rb") as file:
            yield cast("IO[bytes]", file)
    elif path.suffix == ".zst":
        # Frames one after the other, as `cat a.zst b.zst` makes them, are one file.
        with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True) as reader:
            yield io.BufferedReader(reader)  # type: ignore[arg-type]
    else:
        with path.open("rb") as file:
            yield file
