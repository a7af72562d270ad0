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
_MARK = re.compile(
    r"\b(?=[abdehikmnprstu])(please|must|should|needs? to|ha(?:ve|s) to|make sure|ensure|immediately|urgent\w*|important|instruction\w*|"
    r"ignore|disregard|instead|before you|do not|don't|remember to|kindly|required|assistant|agent|task|supersedes?|permission)\b",
    re.IGNORECASE,
)
_ACTS = (
    "add append apply approve archive arrange assign attach block book buy call cancel change charge check clear click close collect confirm "
    "contact copy create credit deactivate delete deliver deploy disable discard dispatch do download drop edit email enable erase execute "
    "export fetch file fill find follow forward get give go grant hand ignore increase inform install invite join let list log lower mail "
    "make mark merge message move note notify open order pass pay place point post print proceed provide publish purchase put raise read "
    "reboot redirect register reject release remove rename replace reply report request reserve reset restart retrieve return revoke run "
    "save say schedule search see select sell send set settle share show sign start stop store submit subscribe supply switch take tell text "
    "transfer turn unlock unsubscribe update upgrade upload use verify visit wire withdraw write"
)
_OPENS_WITH_ACT = re.compile(
    rf"(?:^|[.!?:;>)\n\"'\]]|\b(?:first|then|next|also|and|to))\W{{0,8}}+(?=[a-w])(?:{_ACTS.replace(' ', '|')})\b", re.IGNORECASE
)
_OF_MARK, _OF_ACT, _ENOUGH = 1.0, 0.5, 4.0
"""What a word of orders counts, what a sentence that begins with an act does (once), and when a piece is wholly an order."""


_OUTPUTS = Memo[list[tuple[Bag, float, float]]]()
_OUTPUT_BYTES = 32
"""Of memory for each byte of an output, about."""


class Piece(NamedTuple):
    """A part of an output."""

    call: int  # whose output
    bag: Bag
    imperative: float  # 0…1
    urged: float  # the same, of the piece or a neighbour: what is ordered often stands beside the words that say it must be done
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
            found += [Piece(i, *read, pointed) for read in _read_output(node.output, most)]
    return found


def _read_output(output: str, most: int) -> list[tuple[Bag, float, float]]:
    """Its pieces, how imperative each is, and the most that it or a neighbour is."""
    key = key_of(output, most)
    found = _OUTPUTS.get(key) if key else None
    if found is None:
        parts = _cut(output, most)
        own = [_imperative(part) for part in parts]
        found = [(bag(part), own[i], max(own[max(0, i - 1) : i + 2])) for i, part in enumerate(parts)]
        if key:
            _OUTPUTS.put(key, found, _OUTPUT_BYTES * len(key))
    return found


def _imperative(part: str) -> float:
    found = _OF_MARK * len(_MARK.findall(part)) + _OF_ACT * bool(_OPENS_WITH_ACT.search(part))
    return min(found, _ENOUGH) / _ENOUGH


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
