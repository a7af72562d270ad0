"""Pieces of text, found again by their words.

A text is cut at its lines and sentences into runs of a few words; a piece is two neighbouring runs, so that pieces overlap and an
instruction is never cut in half. An inverted index gives the pieces most alike to a weighted bag of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from gatling_core.values import content_words

RUN_CHARACTERS = (48, 400)
"""A run ends at the first line or sentence end after so many characters, and at the latest (text without any) after so many."""

_GAP = "\n…\n"
_BREAK = re.compile(r"\n+|(?<=[.!?;])\s+|(?<=[,}\]])\s*(?=[{\[\"'])")


@dataclass(frozen=True, slots=True)
class Piece:
    """One or two neighbouring runs, as (number of the text, start, end) in characters."""

    first: tuple[int, int, int]
    second: tuple[int, int, int]


class PieceIndex:
    """Inverted index from words to pieces of the texts added so far."""

    __slots__ = ("_postings", "pieces", "starts", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pieces: list[Piece] = []
        self.starts: list[int] = []
        """Number of the first piece of each text."""
        self._postings: dict[str, list[int]] = {}

    def add(self, text: str) -> list[str]:
        """Index one more text; returns its content words in order."""
        number, first = len(self.texts), len(self.pieces)
        self.texts.append(text)
        self.starts.append(first)
        found = runs(text)
        last = max(len(found) - 2, 0)
        spans = [(number, start, end) for start, end, _ in found]
        self.pieces += map(Piece, spans, spans[1:] or spans)
        for k, (_, _, words) in enumerate(found):
            self._post(set(words), first + max(k - 1, 0), first + min(k, last))
        return [word for _, _, words in found for word in words]

    def _post(self, words: set[str], first: int, last: int) -> None:
        """The words of a run that stands in the pieces first…last. Runs come in order, so that postings ascend."""
        for word in words:
            posting = self._postings.setdefault(word, [])
            start = first if not posting or posting[-1] < first else posting[-1] + 1
            posting += range(start, last + 1)

    def covered(self, weights: Mapping[str, float]) -> float:
        """Sum of the weights of the words that stand anywhere."""
        return sum(weight for word, weight in weights.items() if word in self._postings)

    def scores(self, weights: Mapping[str, float]) -> dict[int, float]:
        """Sum of the weights of the words each piece holds, for every piece that holds any."""
        found: dict[int, float] = {}
        for word, weight in weights.items():
            for number in self._postings.get(word, ()):
                found[number] = found.get(number, 0.0) + weight
        return found

    def of_text(self, number: int) -> range:
        """Numbers of the pieces of a text."""
        return range(self.starts[number], self.starts[number + 1] if number + 1 < len(self.starts) else len(self.pieces))

    def excerpt(self, numbers: Iterable[int], room: int) -> str:
        """As many of these pieces, the first first, as fit into `room` characters; shown in the order of the text."""
        kept: set[tuple[int, int, int]] = set()
        for number in numbers:
            added = {self.pieces[number].first, self.pieces[number].second} - kept
            size = sum(end - start + len(_GAP) for _, start, end in added)
            if size <= room:
                room -= size
                kept |= added
        shown = ""
        before = (0, 0)
        for text, start, end in sorted(kept):
            shown += (_GAP if shown and before != (text, start) else "") + self.texts[text][start:end]
            before = (text, end)
        return shown

    def text_of(self, number: int) -> str:
        """The characters of a piece."""
        piece = self.pieces[number]
        return "".join(self.texts[text][start:end] for text, start, end in dict.fromkeys((piece.first, piece.second)))

    def text_number(self, number: int) -> int:
        """Number of the text that a piece is of."""
        return self.pieces[number].first[0]


@lru_cache(maxsize=256)
def indexed(text: str) -> PieceIndex:
    """The index of one text that many cases share (a policy, a request). Add nothing to it."""
    index = PieceIndex()
    index.add(text)
    return index


def runs(text: str) -> list[tuple[int, int, list[str]]]:
    """(start, end, content words) of the runs of a text, in order; those without any word are left out."""
    ends = _ends(text)
    found = ((start, end, content_words(text[start:end])) for start, end in pairwise([0, *ends]))
    return [run for run in found if run[2]]


def _ends(text: str) -> list[int]:
    """Where runs end: at lines and sentences that are long enough, or at a space where there is none in reach."""
    shortest, longest = RUN_CHARACTERS
    found: list[int] = []
    start = 0
    for match in _BREAK.finditer(text):
        if match.end() - start >= shortest:
            found += _spaces(text, start, match.end(), longest)
            start = match.end()
    return found + _spaces(text, start, len(text), longest)


def _spaces(text: str, start: int, end: int, longest: int) -> list[int]:
    """Ends that cut start…end into parts of at most `longest` characters."""
    found: list[int] = []
    while end - start > longest:
        space = text.rfind(" ", start, start + longest)
        start = space + 1 if space > start else start + longest
        found.append(start)
    return [*found, end]
