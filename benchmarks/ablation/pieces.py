"""Words as the pieces that they share with other words, in place of a row for each: character n-grams, or byte pairs learnt from the data."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import embedding

from gatling_core import text
from gatling_core.features.bag import contents
from gatling_core.nn.model import Gatling, ModelConfig
from trainer.dataset import Group

MOST = 16
"""Pieces of a word that count."""
BYTE_PAIRS = 8_192
GRAMS = (3, 4, 5)

Split = Callable[[str], Sequence[int]]
"""A word's pieces, each a number from 1 to `BUCKETS` − 1."""


class Pieces(nn.Module):
    """Stands for `nn.Embedding(BUCKETS, width)`: the mean of the vectors of a word's pieces; a word without any, as padding, is zero."""

    def __init__(self, table: Int[Tensor, "R K"], width: int) -> None:
        super().__init__()
        self.table: Tensor
        self.register_buffer("table", table, persistent=False)
        self.weight = nn.Parameter(torch.randn(text.BUCKETS, width) * width**-0.5)

    def forward(self, ids: Int[Tensor, "T W"]) -> Float[Tensor, "T W E"]:
        words, places = ids.unique(return_inverse=True)
        pieces = self.table[words]
        there = (pieces > 0).unsqueeze(-1).to(self.weight.dtype)
        return ((embedding(pieces, self.weight) * there).sum(1) / there.sum(1).clamp(min=1))[places]


def network(words: Iterable[str], split: Split) -> Callable[[ModelConfig], Gatling]:
    """Networks that read these words by their pieces."""
    table = torch.zeros(text.BUCKETS, MOST, dtype=torch.int64)
    for word in words:
        row = int(text.buckets([text.word_ids(word)[:1]], 1)[0, 0])
        pieces = list(split(word))[:MOST]
        table[row] = torch.from_numpy(np.pad(np.array(pieces, np.int64), (0, MOST - len(pieces))))

    def built(config: ModelConfig) -> Gatling:
        model = Gatling(config)
        model.text.embedding = Pieces(table, config.words)  # pyright: ignore[reportAttributeAccessIssue] (called alike)
        return model

    return built


def counted(groups: Iterable[Group]) -> Counter[str]:
    """How often each word stands in policies, sessions, tools and plans."""
    found = Counter[str]()
    for group in groups:
        plans = [node.model_dump(mode="json") for candidate in group.candidates for node in candidate.plan.nodes]
        sessions = [[session.user_role, session.context] for session in group.sessions]
        keys, values = contents([list(group.policies), list(group.tools), sessions, plans])
        for part in (*keys, *values):
            found.update(text.words(str(part)))
    return found


def grams(word: str) -> list[int]:
    """The word itself, then its character n-grams with marks for its ends (as in fastText), hashed."""
    marked = f"<{word}>"
    found = [marked[at : at + size] for size in GRAMS for at in range(len(marked) - size + 1)]
    return [zlib.crc32(piece.encode()) % (text.BUCKETS - 1) + 1 for piece in dict.fromkeys([marked, *found])]


def byte_pairs(words: Mapping[str, int]) -> Split:
    """Splits words by a BPE vocabulary learnt from how often each stands in the data."""
    # Imported by name: it comes with the extra `lexicon` alone.
    tokenizers: Any = import_module("tokenizers")
    learnt = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))  # noqa: S106 (a token of text)
    learnt.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=BYTE_PAIRS, special_tokens=["<unk>"], show_progress=False)
    spread = (" ".join([word] * min(count, 100)) for word, count in sorted(words.items()))
    learnt.train_from_iterator(spread, trainer)
    return lambda word: [number + 1 for number in learnt.encode(word).ids]
