"""The generator: cases by index, written as shards whose bytes depend on (seed, index) only."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import orjson
import zstandard
from tqdm import tqdm

from trainer.cases import case, split_of
from trainer.worlds.dice import Split

SHARD_CASES = 1_000


def cases(seed: int, count: int, split: Split | None = None) -> Iterator[dict[str, Any]]:
    """The first `count` cases of a seed, or of one of its splits."""
    index = -1
    while count > 0:
        index += 1
        if split is None or split_of(seed, index) == split:
            yield case(seed, index)
            count -= 1


def generate(out: Path, count: int, seed: int, workers: int) -> None:
    """Write cases 0 … count-1 as `cases-00000.jsonl.zst` … and `card.json` with what is in them; shards are replaced whole."""
    out.mkdir(parents=True, exist_ok=True)
    starts = range(0, count, SHARD_CASES)
    write = partial(_write_shard, out, seed, count)
    shards: list[dict[str, Any]] = []
    with (
        ProcessPoolExecutor(workers, get_context("spawn"), initializer=_end_with_parent) as pool,
        tqdm(total=count, unit=" cases") as progress,
    ):
        for shard in pool.map(write, starts) if workers > 1 else map(write, starts):
            shards.append(shard)
            progress.update(shard["cases"])
    card = {"seed": seed, "cases": count, "counts": _total(shards), "shards": shards}
    _replace(out / "card.json", json.dumps(card, indent=1).encode())


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""

    def watch() -> None:
        if (parent := parent_process()) is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _write_shard(out: Path, seed: int, count: int, start: int) -> dict[str, Any]:
    """One shard on disk; what it holds, for the card."""
    name = f"cases-{start // SHARD_CASES:05d}.jsonl.zst"
    counts: dict[str, Counter[str]] = {key: Counter() for key in ("split", "label", "kind", "domain", "rendering", "vocabulary")}
    lines: list[bytes] = []
    for index in range(start, min(start + SHARD_CASES, count)):
        line = case(seed, index)
        for key, counter in counts.items():
            counter[line[key] if key in line else line["world"][key]] += 1
        lines.append(orjson.dumps(line))
    data = zstandard.ZstdCompressor(level=6).compress(b"\n".join(lines) + b"\n")
    _replace(out / name, data)
    return {
        "file": name,
        "cases": len(lines),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "counts": {k: dict(c) for k, c in counts.items()},
    }


def _total(shards: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    total: dict[str, Counter[str]] = {}
    for shard in shards:
        for key, counts in shard.pop("counts").items():
            total.setdefault(key, Counter()).update(counts)
    return {key: dict(counter.most_common()) for key, counter in total.items()}


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
