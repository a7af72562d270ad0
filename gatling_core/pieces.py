"""Pieces of text, found again by their words.

A text is cut at its lines and sentences into runs of a few words; a piece is two neighbouring runs, so that pieces overlap and an
instruction is never cut in half. An inverted index gives the pieces most alike to a weighted bag of words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from gatling_core.values import content_words

RUN_WORDS = 8
"""A run ends at the first line or sentence end after so many words."""
RUN_CHARACTERS = 400
"""A run ends here at the latest: text without any line or sentence end."""

_BREAK = re.compile(r"\n+|(?<=[.!?;])\s+|(?<=[,}\]])\s*(?=[{\[\"'])")


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters start…end of the text numbered `text`."""

    text: int
    start: int
    end: int


class PieceIndex:
    """Inverted index from words to pieces of the texts added so far."""

    __slots__ = ("_postings", "pieces", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pieces: list[Piece] = []
        self._postings: dict[str, list[int]] = {}

    def add(self, text: str) -> list[str]:
        """Index one more text; returns its content words in order."""
        number, first = len(self.texts), len(self.pieces)
        self.texts.append(text)
        found = runs(text)
        last = max(len(found) - 2, 0)
        for k, (start, _, _) in enumerate(found[: last + 1]):
            self.pieces.append(Piece(number, start, found[min(k + 1, len(found) - 1)][1]))
        for k, (_, _, words) in enumerate(found):
            self._post(words, {first + max(k - 1, 0), first + min(k, last)})
        return [word for _, _, words in found for word in words]

    def _post(self, words: list[str], numbers: set[int]) -> None:
        for word in words:
            posting = self._postings.setdefault(word, [])
            posting += [number for number in numbers if number not in posting[-2:]]

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

    def text_of(self, number: int) -> str:
        """The characters of a piece."""
        piece = self.pieces[number]
        return self.texts[piece.text][piece.start : piece.end]


@lru_cache(maxsize=256)
def indexed(text: str) -> PieceIndex:
    """The index of one text that many cases share (a policy, a request). Add nothing to it."""
    index = PieceIndex()
    index.add(text)
    return index


def runs(text: str) -> list[tuple[int, int, list[str]]]:
    """(start, end, content words) of the runs of a text, in order; runs without any word join the next."""
    found: list[tuple[int, int, list[str]]] = []
    start, words = 0, list[str]()
    for begin, end in _segments(text):
        words += content_words(text[begin:end])
        if len(words) >= RUN_WORDS or (words and end - start >= RUN_CHARACTERS):
            found.append((start, end, words))
            start, words = end, []
    if words:
        found.append((start, len(text), words))
    return found


def _segments(text: str) -> list[tuple[int, int]]:
    """Lines and sentences as spans that cover the text, long ones cut at a space near `RUN_CHARACTERS`."""
    found: list[tuple[int, int]] = []
    start = 0
    for end in [match.end() for match in _BREAK.finditer(text)] + [len(text)]:
        while end - start > RUN_CHARACTERS:
            space = text.rfind(" ", start, start + RUN_CHARACTERS)
            cut = space + 1 if space > start else start + RUN_CHARACTERS
            found.append((start, cut))
            start = cut
        if end > start:
            found.append((start, end))
        start = end
    return found
