"""How fast cases are made, featurised and fed, in CPU seconds of one core, and how large they are."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any

import orjson

from trainer.batches import epoch_of, join
from trainer.dataset import parse
from trainer.features import SUFFIX, build
from trainer.featurise import featurise
from trainer.generator.cases import written
from trainer.generator.groups import group
from trainer.generator.quotas import SIZE
from trainer.generator.shards import parts, read_part, write_shard

FED_PLANS = 1_024
"""Plans in a batch as a GPU takes them."""


def data(groups: int) -> Iterator[dict[str, Any]]:
    """One line a stage; every stage works on the same groups."""
    numbers = range(groups)
    drawn, draw = _timed(lambda: [group(1, number) for number in numbers])
    made, make = _timed(lambda: [written(1, number) for number in numbers])
    assert len(drawn) == len(made)
    texts = [orjson.dumps(found) for found in made]
    yield _line("drawn and labelled", groups, draw)
    yield _line("drawn, labelled and rendered", groups, make, bytes_per_case=round(sum(map(len, texts)) / groups / SIZE))
    with tempfile.TemporaryDirectory() as folder:
        shard = Path(folder) / "cases-00000.parquet"
        _, write = _timed(lambda: write_shard(shard, iter(made), {}))
        yield _line("written as Parquet", groups, write, bytes_per_case=round(shard.stat().st_size / groups / SIZE))
        read, load = _timed(lambda: [parse(text) for part in parts([shard]) for text in read_part(*part)])
        yield _line("read and parsed", groups, load)
        _, featurised = _timed(lambda: [featurise(found) for found in read])
        yield _line("featurised", groups, featurised)
        store = build([shard], Path(folder) / "features", None, workers=0)
        size = sum(path.stat().st_size for path in (Path(folder) / "features").glob(f"*{SUFFIX}"))
        _, feed = _timed(lambda: sum(len(join(batch).label) for batch in epoch_of(store, FED_PLANS, 0, 0)))
        yield {
            "stage": "fed from the store as batches",
            "plans_per_core_second": round(store.plans / feed),
            "bytes_per_plan": round(size / store.plans),
        }


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = process_time()
    found = work()
    return found, process_time() - start


def _line(stage: str, groups: int, seconds: float, **more: int) -> dict[str, Any]:
    return {"stage": stage, "cases_per_core_second": round(groups * SIZE / seconds), **more}
