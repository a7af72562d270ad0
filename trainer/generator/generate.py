"""The generator's command: groups written as shards whose bytes depend on the seed, the range and the code only, and their data card."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from gatling_core.errors import InvalidInput
from trainer.generator import card
from trainer.generator.cases import written
from trainer.generator.quotas import SIZE
from trainer.generator.shards import SHARD_GROUPS, SUFFIX, is_made, write_shard
from trainer.parallel import end_with_parent


def generate(out: Path, count: int, seed: int, workers: int, part: tuple[int, int] = (0, 1)) -> None:
    """Write the shards of cases 0 … count-1 (rounded up to whole groups), and the data card once all are there.

    A shard that is there and was made from the same is kept, so a run that was cut off goes on. `part` = (i, n) writes every n-th
    shard from the i-th on: n machines need nothing but a common folder, or none until the end.
    """
    out.mkdir(parents=True, exist_ok=True)
    jobs = [job for k, job in enumerate(_jobs(out, count, seed)) if k % part[1] == part[0]]
    with (
        ProcessPoolExecutor(workers, get_context("spawn"), initializer=end_with_parent) as pool,
        tqdm(total=sum(job[2] for job in jobs) * SIZE, unit=" cases", unit_scale=True) as progress,
    ):
        for groups in pool.map(_write, jobs) if workers > 1 else map(_write, jobs):
            progress.update(groups * SIZE)
    shards = [path for path, *_ in _jobs(out, count, seed)]
    if all(path.exists() for path in shards):
        card.write(out, shards, seed, code())


def _jobs(out: Path, count: int, seed: int) -> Iterator[tuple[Path, int, int, int]]:
    """File, first group, groups and seed of every shard."""
    total = -(-count // SIZE)
    for start in range(0, total, SHARD_GROUPS):
        yield out / f"cases-{start // SHARD_GROUPS:05d}{SUFFIX}", start, min(SHARD_GROUPS, total - start), seed


def _write(job: tuple[Path, int, int, int]) -> int:
    path, start, groups, seed = job
    origin = {"gatling.seed": str(seed), "gatling.start": str(start), "gatling.groups": str(groups), "gatling.code": code()}
    if not is_made(path, origin):
        write_shard(path, (written(seed, number) for number in range(start, start + groups)), origin)
    return groups


@cache
def code() -> str:
    """SHA-256 of the code that cases depend on: the trainer's worlds and rules, and the recorder with what it reads by."""
    here = Path(__file__).parent
    core = here.parents[1] / "gatling_core"
    files = [
        *here.rglob("*.py"),
        *(core / f"{name}.py" for name in ("messages", "origins", "pieces", "recorder", "schemas", "text", "values")),
    ]
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def part_of(text: str) -> tuple[int, int]:
    """`2/8`, the second of eight parts, as (1, 8).

    Raises:
        InvalidInput: it is no part.
    """
    number, _, total = text.partition("/")
    if not (number.isdecimal() and total.isdecimal() and 1 <= int(number) <= int(total)):
        raise InvalidInput(f"'{text}' is no part: use 1/8 … 8/8", "part")
    return int(number) - 1, int(total)
