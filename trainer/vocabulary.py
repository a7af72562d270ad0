"""The words that a training meets, kept with the model: serving asks them whether there is ground to judge (gatling_core/grounds.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from gatling_core.errors import InvalidInput
from gatling_core.grounds import Words, words_of
from trainer.dataset import parse, stream

GROUPS = 2_048
"""Groups that are read: what is common among the first 32,768 generated cases is common in all."""
MET_IN = 3
"""Groups that must hold a word: what only one of them has is a name or an identifier."""


def write(run: Path, data: Sequence[Path], lexicon: Path | None) -> Words:
    """Put the words of the training data, and of the lexicon that its word vectors came from, beside a run's checkpoint.

    Raises:
        InvalidInput: the lexicon does not tell its words.
    """
    vectors = load_file(str(lexicon)) if lexicon else {"words": np.zeros(0, np.uint32)}
    if "words" not in vectors:
        raise InvalidInput(f"{lexicon} holds no words: make it anew with ./gatling lexicon")
    met = Counter[int]()
    for line in islice(stream(data, "train"), GROUPS):
        group = parse(line)
        requests = [str(session.context.get("request", "")) for session in group.sessions]
        met.update(words_of(group.policies, requests, group.tools, [candidate.plan for candidate in group.candidates]))
    words = Words(frozenset(word for word, count in met.items() if count >= MET_IN), frozenset(vectors["words"].tolist()))
    run.mkdir(parents=True, exist_ok=True)
    words.write(run)
    return words
