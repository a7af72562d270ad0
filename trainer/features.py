"""The feature store: the arrays of groups in Arrow IPC files, so that training reads what was featurised once.

A file holds record batches of BATCH groups, a row a group, compressed; a record batch is read by itself and without copying numbers
into Python. A store says what it was made from; what is there and was made from the same is kept, and what was cut off goes on after
the last whole file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from gatling_core.features import FEATURE_VERSION
from gatling_core.registry import replace
from trainer.dataset import Group, data_digest, parse, stream
from trainer.featurise import COLUMNS, Arrays, featurise
from trainer.parallel import chunks, prefetch

BATCH = 64
"""Groups in a record batch: 1,024 generated cases."""
FILE_BATCHES = 64
"""Record batches in a file: minutes of work on two cores, which is what a kill can cost."""
NAME = "features.json"
SUFFIX = ".arrow"

SCHEMA = pa.schema([pa.field(name, pa.list_(pa.from_numpy_dtype(kind))) for name, (kind, _) in COLUMNS.items()])
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def build(data: Sequence[Path], out: Path, split: str | None, workers: int) -> Store:
    """The store of a split of data files; made if it is not there, or was made from something else."""
    origin = {"feature_version": FEATURE_VERSION, "data_sha256": data_digest(data), "split": split}
    note = out / NAME
    made: dict[str, Any] = json.loads(note.read_text()) if note.exists() else {}
    if made.get("origin") != origin:
        out.mkdir(parents=True, exist_ok=True)
        note.unlink(missing_ok=True)
        for old in out.glob(f"*{SUFFIX}"):
            old.unlink()
        made = {"origin": origin, "plans": [], "whole": False}
    if not made.get("whole"):
        for plans in _write(data, out, split, workers, len(made["plans"])):
            made["plans"] += plans
            replace(note, json.dumps(made) + "\n")
        replace(note, json.dumps({**made, "whole": True}) + "\n")
    return Store(out)


def _write(data: Sequence[Path], out: Path, split: str | None, workers: int, done: int) -> Iterator[list[int]]:
    """Write the files that are missing after so many record batches; the plans of each record batch of a file, once it is whole."""
    groups = islice(stream(data, split), done * BATCH, None)
    batches = prefetch(_featurised, chunks(groups, BATCH), workers)
    with tqdm(unit=" plans", unit_scale=True, desc=f"features of {split or 'all'}") as bar:
        for number, first in enumerate(batches, done // FILE_BATCHES):
            path, plans = out / f"features-{number:05d}{SUFFIX}", list[int]()
            part = path.with_suffix(".part")
            with pa.OSFile(str(part), "wb") as sink, pa.ipc.new_file(sink, SCHEMA, options=_OPTIONS) as writer:
                for batch in chain([first], islice(batches, FILE_BATCHES - 1)):
                    writer.write_batch(batch)
                    plans.append(len(batch.column("label").values))
                    bar.update(plans[-1])
            part.replace(path)
            yield plans


def _featurised(texts: Sequence[bytes]) -> Any:
    return record_batch(arrays_of([parse(text) for text in texts]))


def arrays_of(groups: Sequence[Group]) -> list[Arrays]:
    """The arrays of groups, each with in-batch negatives from the one before it; the first's are from the last."""
    return [featurise(group, groups[k - 1] if len(groups) > 1 else None) for k, group in enumerate(groups)]


def record_batch(rows: Sequence[Arrays]) -> Any:
    """Groups as rows of a `pyarrow.RecordBatch` (pyarrow has no types)."""
    columns: list[pa.Array] = []
    for name in COLUMNS:
        offsets = np.cumsum([0, *(row[name].size for row in rows)], dtype=np.int32)
        values = np.concatenate([row[name].reshape(-1) for row in rows])
        columns.append(pa.ListArray.from_arrays(pa.array(offsets), pa.array(values)))
    return pa.record_batch(columns, SCHEMA)


def rows_of(batch: Any) -> list[Arrays]:
    """Arrow rows as groups of arrays, which are views."""
    rows: list[Arrays] = [{} for _ in range(batch.num_rows)]
    for name, (_, width) in COLUMNS.items():
        column: Any = batch.column(name)
        values, offsets = column.values.to_numpy(zero_copy_only=False), column.offsets.to_numpy()
        values = values if width == 1 else values.reshape(-1, width)
        starts = (offsets // width).tolist()
        for row, start, end in zip(rows, starts, starts[1:], strict=False):
            row[name] = values[start:end]
    return rows


class Store:
    """Featurised groups on disk, by record batch. Plans are numbered through."""

    def __init__(self, folder: Path) -> None:
        note = json.loads((folder / NAME).read_text())
        sizes: list[int] = note["plans"]
        self.plans = sum(sizes)
        self.batches = len(sizes)
        self._starts = [0, *accumulate(sizes)]
        self._files = [pa.ipc.open_file(pa.memory_map(str(path))) for path in sorted(folder.glob(f"*{SUFFIX}"))]

    def read(self, number: int) -> list[tuple[int, Arrays]]:
        """The groups of a record batch, each with the number of its first plan."""
        rows = rows_of(self._files[number // FILE_BATCHES].get_batch(number % FILE_BATCHES))
        starts = accumulate((len(row["label"]) for row in rows), initial=self._starts[number])
        return list(zip(starts, rows, strict=False))
