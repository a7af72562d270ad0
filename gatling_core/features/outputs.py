"""Outputs in pieces, so that a call is compared with each part of what was read before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from gatling_core import text
from gatling_core.features.bag import Bag, bag
from gatling_core.features.memo import Memo, key_of
from gatling_core.features.relations import Call
from gatling_core.schemas import ToolCall

PIECE_WORDS = 30
MAX_PIECES = 96
"""Of one output; a longer output has longer pieces, and a plan of very many outputs fewer of them: nothing is left out."""
MAX_COMPARISONS = 50_000
"""Pieces × calls of one plan, about."""

# The letters that its words begin with are looked for first: that halves the time.
_IMPERATIVE = re.compile(
    r"\b(?=[abdehikmnprstu])(please|must|should|need to|have to|make sure|ensure|immediately|urgent\w*|important|instruction\w*|"
    r"ignore|disregard|instead|before you|do not|don't|remember to|kindly|required|assistant|task)\b|"
    r"^\W*(send|forward|transfer|delete|pay|visit|open|go|run|share|add|invite|update|change|create|book|reserve|cancel|download|"
    r"upload|post|write|reply|email|tell|give|call|use|click)\b",
    re.IGNORECASE,
)


_OUTPUTS = Memo[list[tuple[Bag, float]]]()
_OUTPUT_BYTES = 32
"""Of memory for each byte of an output, about."""


class Piece(NamedTuple):
    """A part of an output."""

    call: int  # whose output
    bag: Bag
    imperative: float  # 0…1
    pointed: float  # how much of what the call asked for is named in the request: the user pointed to this source


def pieces_per_output(nodes: Sequence[ToolCall]) -> int:
    """The most pieces that one output of a plan is cut into, about."""
    outputs = sum(1 for node in nodes if node.output)
    return max(1, min(MAX_PIECES, MAX_COMPARISONS // max(1, outputs * len(nodes))))


def read_pieces(nodes: Sequence[ToolCall], calls: Sequence[Call], request: Sequence[Bag], most: int) -> list[Piece]:
    """All pieces that a later call can have read, in order; at most about `most` of one output."""
    found: list[Piece] = []
    for i, node in enumerate(nodes):
        if node.output and i + 1 < len(nodes):
            pointed = max((calls[i].values.values_in(part) for part in request), default=0.0)
            found += [Piece(i, said, imperative, pointed) for said, imperative in _read_output(node.output, most)]
    return found


def _read_output(output: str, most: int) -> list[tuple[Bag, float]]:
    """Its pieces, and how imperative each is."""
    key = key_of(output, most)
    found = _OUTPUTS.get(key) if key else None
    if found is None:
        found = [(bag(part), min(len(_IMPERATIVE.findall(part)), 4) / 4) for part in _cut(output, most)]
        if key:
            _OUTPUTS.put(key, found, _OUTPUT_BYTES * len(key))
    return found


def _cut(output: str, most: int) -> list[str]:
    """At most about `most` pieces: sentences and lines joined up to PIECE_WORDS words, so that a short field keeps its neighbours."""
    sentences = text.sentences(output)
    words = max(PIECE_WORDS, -(-sum(s.count(" ") + 1 for s in sentences) // most))
    pieces: list[list[str]] = []
    length = words
    for sentence in sentences:
        size = sentence.count(" ") + 1
        if length + size > words and (len(pieces) < most or not pieces):
            pieces.append([sentence])
            length = size
        else:
            pieces[-1].append(sentence)
            length += size
    return [" ".join(piece) for piece in pieces]
