from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest
from safetensors.numpy import save_file

from gatling_core import text
from gatling_core.errors import InvalidInput
from gatling_core.grounds import Words
from trainer.vocabulary import write


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five cases; each has a word of its own, and the last two are held out."""
    path = tmp_path / "cases.jsonl"
    cases = [
        {
            "policy": {"note": f"Only read 4711. word{number}x"},
            "context": {"request": "Show invoices"},
            "tools": [{"name": "files.get", "description": "Opens a file."}],
            "execution_plan": {"nodes": [{"tool_name": "files.get", "arguments": {"path": "secret.txt"}}]},
            "split": "train" if number < 3 else "test",
        }
        for number in range(5)
    ]
    path.write_bytes(b"\n".join(orjson.dumps(case) for case in cases))
    return path


def test_words_that_several_groups_of_the_training_share(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    words = write(run, [data], None)
    assert words == Words.read(run)
    assert words.trained == frozenset(text.word_ids("note only read show invoices files get open a file path"))
    assert words.lexicon == frozenset()


def test_the_lexicon_tells_its_words(data: Path, tmp_path: Path) -> None:
    lexicon = tmp_path / "lexicon.safetensors"
    save_file({"words": np.array([3, 5], np.uint32)}, lexicon)
    assert write(tmp_path, [data], lexicon).lexicon == {3, 5}
    save_file({"rows": np.array([3, 5], np.int32)}, lexicon)
    with pytest.raises(InvalidInput, match="make it anew"):
        write(tmp_path, [data], lexicon)
