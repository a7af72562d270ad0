"""Pieces of text, found again by their words.

A text is cut at its lines and sentences into runs of a few words; a piece is two neighbouring runs, so that pieces overlap and an
instruction is never cut in half. An inverted index gives the pieces most alike to a weighted bag of words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from gatling_core.values import content_words

RUN_CHARACTERS = (48, 400)
"""A run ends at the first line or sentence end after so many characters, and at the latest (text without any) after so many."""

_GAP = "\n…\n"
_BREAK = re.compile(r"\n+|(?<=[.!?;])\s+|(?<=[,}\]])\s*(?=[{\[\"'])")


CACHED_TEXT = 2_000
"""Longer texts are read anew each time: a cache of them would hold much memory, of users' data."""

Span = tuple[int, int]
"""Start and end, in characters."""


@dataclass(frozen=True, slots=True)
class PiecedText:
    """A text cut into pieces, read once however many plans show it. A piece is one or two neighbouring runs."""

    text: str
    pieces: tuple[tuple[Span, Span], ...]
    postings: Mapping[str, Sequence[int]]
    """The pieces that hold a word, ascending."""

    def covered(self, weights: Mapping[str, float]) -> float:
        """Sum of the weights of the words that stand anywhere."""
        return sum(weight for word, weight in weights.items() if word in self.postings)

    def best(self, weights: Mapping[str, float]) -> float:
        """Sum of the weights of the words that the piece with most of them holds."""
        return max(self.scores(weights).values(), default=0.0)

    def scores(self, weights: Mapping[str, float]) -> dict[int, float]:
        """Sum of the weights of the words each piece holds, for every piece that holds any."""
        found: dict[int, float] = {}
        for word, weight in weights.items():
            for number in self.postings.get(word, ()):
                found[number] = found.get(number, 0.0) + weight
        return found


def pieced(text: str) -> PiecedText:
    """A text in pieces."""
    return _cached(text) if len(text) <= CACHED_TEXT else _pieced(text)


def _pieced(text: str) -> PiecedText:
    found = runs(text)
    last = max(len(found) - 2, 0)
    spans = [(start, end) for start, end, _ in found]
    postings: dict[str, list[int]] = {}
    for k, (_, _, words) in enumerate(found):  # the words of a run stand in the pieces before and from it; postings ascend
        first, final = max(k - 1, 0), min(k, last)
        for word in words:
            posting = postings.setdefault(word, [])
            if not posting or posting[-1] < first:
                posting.append(first)
            if posting[-1] < final:
                posting.append(final)
    return PiecedText(text, tuple(zip(spans, spans[1:] or spans, strict=False)), postings)


_cached = lru_cache(maxsize=512)(_pieced)


class PieceIndex:
    """The pieces of the texts added so far, numbered through."""

    __slots__ = ("_starts", "texts")

    def __init__(self, texts: Iterable[PiecedText] = ()) -> None:
        self.texts = list(texts)
        self._starts = [0, *accumulate(len(text.pieces) for text in self.texts)]
        """Number of the first piece of each text, and of the next one to come."""

    def fork(self) -> PieceIndex:
        """An index of the same texts that goes on by itself."""
        return PieceIndex(self.texts)

    def add(self, text: str) -> PiecedText:
        """Index one more text."""
        found = pieced(text)
        self.texts.append(found)
        self._starts.append(self._starts[-1] + len(found.pieces))
        return found

    def scores(self, weights: Mapping[str, float]) -> dict[int, float]:
        """Sum of the weights of the words each piece holds, for every piece that holds any."""
        return {
            start + number: score
            for start, text in zip(self._starts, self.texts, strict=False)
            for number, score in text.scores(weights).items()
        }

    def of_text(self, number: int) -> range:
        """Numbers of the pieces of a text."""
        return range(self._starts[number], self._starts[number + 1])

    def excerpt(self, numbers: Iterable[int], room: int) -> str:
        """As many of these pieces, the first first, as fit into `room` characters; shown in the order of the text."""
        kept: set[tuple[int, int, int]] = set()
        for number in numbers:
            added = self._spans(number) - kept
            size = sum(end - start + len(_GAP) for _, start, end in added)
            if size <= room:
                room -= size
                kept |= added
        shown = ""
        before = (0, 0)
        for text, start, end in sorted(kept):
            shown += (_GAP if shown and before != (text, start) else "") + self.texts[text].text[start:end]
            before = (text, end)
        return shown

    def text_of(self, number: int) -> str:
        """The characters of a piece."""
        return "".join(self.texts[text].text[start:end] for text, start, end in sorted(self._spans(number)))

    def text_number(self, number: int) -> int:
        """Number of the text that a piece is of."""
        return bisect_right(self._starts, number) - 1

    def _spans(self, number: int) -> set[tuple[int, int, int]]:
        """The runs of a piece as (number of the text, start, end)."""
        text = self.text_number(number)
        return {(text, *span) for span in self.texts[text].pieces[number - self._starts[text]]}


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
