"""Shards: generated groups in Parquet files, a row a group. Any engine reads them; a row group is read without what is before it.

A shard's bytes depend on the seed, its range and the generator's code only, so shards can be made anywhere, in any order, and again.
Pages carry checksums, which are verified when they are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from trainer.parallel import chunks

SHARD_GROUPS = 4_096
"""65,536 cases."""
ROW_GROUP = 64
"""Groups that are read at once: 1,024 cases."""
SUFFIX = ".parquet"
NAMES = ("domain", "family", "rendering", "vocabulary")

_WORD = pa.dictionary(pa.int16(), pa.string())
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("split", _WORD),
        *(pa.field(name, _WORD) for name in NAMES),
        pa.field("labels", pa.list_(_WORD)),
        pa.field("kinds", pa.list_(_WORD)),
        pa.field("group", pa.string()),
    ]
)
"""`group` is JSON: policies, tools, sessions, cases. What stands beside it can be counted and filtered without reading it."""


def write_shard(path: Path, groups: Iterator[dict[str, Any]], origin: dict[str, str]) -> None:
    """Write a shard, and put it in place when it is whole. `origin` says what it was made from, and stands in its metadata."""
    part = path.with_name(path.name + ".part")
    schema = SCHEMA.with_metadata(origin)
    with pq.ParquetWriter(part, schema, compression="zstd", compression_level=3, write_page_checksum=True) as writer:
        for some in chunks(groups, ROW_GROUP):
            writer.write_table(pa.Table.from_pylist([_row(found) for found in some], schema), ROW_GROUP)
    part.replace(path)


def _row(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": found["id"],
        "split": found["split"],
        **{name: found["world"][name] for name in NAMES},
        "labels": [case["label"] for case in found["cases"]],
        "kinds": [case["kind"] for case in found["cases"]],
        "group": orjson.dumps(found).decode(),
    }


def is_made(path: Path, origin: dict[str, str]) -> bool:
    """Whether a whole shard is there that was made from the same."""
    if not path.exists():
        return False
    try:
        metadata = pq.read_metadata(path).metadata or {}
    except pa.ArrowInvalid:
        return False
    return all(metadata.get(key.encode()) == value.encode() for key, value in origin.items())


def parts(paths: Sequence[Path]) -> list[tuple[Path, int]]:
    """Every row group of the shards, as (file, number): what is read at once, and shuffled as a whole."""
    return [(path, k) for path in paths for k in range(pq.read_metadata(path).num_row_groups)]


def read_part(path: Path, number: int, split: str | None = None) -> list[bytes]:
    """The groups of one row group as JSON, or those of a split.

    Raises:
        OSError: a page does not fit its checksum.
    """
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        table = file.read_row_group(number, columns=["split", "group"])
    rows = zip(table["split"].to_pylist(), table["group"].to_pylist(), strict=True)
    return [text.encode() for name, text in rows if split is None or name == split]


def counts(path: Path) -> dict[str, list[str]]:
    """For the card: every value of the columns beside `group`, a value a case or a group."""
    table = pq.read_table(path, columns=["split", *NAMES, "labels", "kinds"])
    flat = {name: table[name].to_pylist() for name in ("split", *NAMES)}
    return {**flat, **{name: [v for row in table[name].to_pylist() for v in row] for name in ("labels", "kinds")}}


def checksum(path: Path) -> str:
    """SHA-256 of the file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
