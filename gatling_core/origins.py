"""Where the values of a call's arguments come from: the one place that decides tiers and data flow.

Texts are told in the order of the stream. What user, system prompt and policy say is trusted; an output is credited with a value
only if nothing trusted and not the call's own arguments held it before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gatling_core.text import words
from gatling_core.values import (
    PHRASE_WORDS,
    alternatives,
    atoms,
    is_specific,
    is_text,
    leaves,
    marks,
    normal,
    pairs,
    parts,
    phrase,
    rare,
)

UNATTRIBUTED = -1
"""In place of a call's number: an output that belongs to no known call."""
COPIED_SHARE = 0.25
"""Long text with this share of its rare words from outputs alone, and at least two, comes from them."""
GIVEN_SHARE = 0.5
"""Long text with this share of its rare words from trusted text comes from there."""

_WORST = {1: 0, 2: 1, 0: 2, 3: 3}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value stood. `specific` is False if the value is too common for its tier to mean anything."""

    tier: int
    sources: frozenset[int] = frozenset()
    specific: bool = True


def worst(tiers: Iterable[int], default: int = 0) -> int:
    """The least trustworthy of some tiers: 3, then unknown, then 2, then 1."""
    return max(tiers, key=_WORST.__getitem__, default=default)


class Origins:
    """All that was said so far, by value, word and phrase."""

    __slots__ = (
        "_output_atoms",
        "_output_pairs",
        "_output_phrases",
        "_output_words",
        "_trusted_atoms",
        "_trusted_phrases",
        "_trusted_words",
    )

    def __init__(self) -> None:
        self._trusted_atoms: set[str] = set()
        self._trusted_words: set[str] = set()
        self._trusted_phrases: list[str] = []
        self._output_atoms: dict[str, int] = {}
        self._output_words: dict[str, int] = {}
        self._output_pairs: dict[tuple[str, str], int] = {}
        self._output_phrases: list[_Said] = []

    def trust(self, text: str) -> None:
        """Text of the user, the system prompt or the policy."""
        found, stems, normalised = _trusted(text)
        self._trusted_atoms |= found
        self._trusted_words |= stems
        self._trusted_phrases.append(normalised)

    def add_output(self, text: str, stems: Iterable[str], call: int, arguments: Mapping[str, Any]) -> None:
        """The output of a call and its stemmed words; `arguments` are its own, whose repetition is no first appearance."""
        own = " ".join(str(leaf) for leaf in leaves(arguments))
        own_atoms = atoms(own)
        for atom in atoms(text) - self._trusted_atoms - own_atoms:
            self._output_atoms.setdefault(atom, call)
        for word in rare(stems) - self._trusted_words - rare(words(own)):
            self._output_words.setdefault(word, call)
        for pair in pairs(text):
            if pair[1] not in own_atoms:
                self._output_pairs.setdefault(pair, call)
        self._output_phrases.append(_Said(phrase(text), phrase(own), call))

    def find(self, name: str, value: Any) -> Origin:
        """The origin of an argument: the worst tier and all sources of the scalars in it."""
        found = [self._leaf(name, leaf) for leaf in leaves(value)]
        telling = [origin for origin in found if origin.specific]
        sources = frozenset[int]().union(*(origin.sources for origin in found))
        return Origin(worst(origin.tier for origin in telling or found), sources, bool(telling))

    def _leaf(self, name: str, value: Any) -> Origin:
        if isinstance(value, bool):
            return Origin(0, specific=False)
        if is_text(value):
            return self._text(value)
        return self._atom(name, normal(value))

    def _atom(self, name: str, atom: str) -> Origin:
        """One value without spaces: by identity; if too common for that, by its key (`id: 19` and the argument `file_id`)."""
        forms = (atom, *alternatives(atom))
        specific = is_specific(atom)
        source = next((self._output_atoms[form] for form in forms if form in self._output_atoms), None) if specific else None
        if source is None and not specific:
            source = self._output_pairs.get(((words(name) or [""])[-1], atom))
        if any(form in self._trusted_atoms for form in forms):
            return Origin(1, _sources(source), specific)
        if source is not None:
            return Origin(3, _sources(source))
        inner = self._marks(parts(atom)) if specific else {}
        return Origin(3 if inner else 0, _sources(*inner.values()), specific)

    def _text(self, value: str) -> Origin:
        """Several words: as a phrase if they are few, then by the values and rare words in them."""
        if len(value.split()) <= PHRASE_WORDS:
            sought = phrase(value)
            if any(sought in said for said in self._trusted_phrases):
                return Origin(1)
            for said in self._output_phrases:
                if sought in said.text and sought not in said.own:
                    return Origin(3, _sources(said.call))
        marked = self._marks(atoms(value))
        telling = rare(words(value))
        copied = Counter(self._output_words[word] for word in telling if word in self._output_words)
        enough = max(2.0, COPIED_SHARE * len(telling))
        sources = _sources(*marked.values(), *(call for call, count in copied.items() if count >= enough))
        if any(atom not in self._trusted_atoms for atom in marked) or copied.total() >= enough:
            return Origin(3, sources)
        given = sum(word in self._trusted_words for word in telling)
        return Origin(1 if telling and given >= GIVEN_SHARE * len(telling) else 0, sources, bool(telling))

    def _marks(self, found: set[str]) -> dict[str, int]:
        return {atom: self._output_atoms[atom] for atom in found if atom in self._output_atoms and marks(atom)}


@dataclass(frozen=True, slots=True)
class _Said:
    """An output as a phrase, with its call's own arguments."""

    text: str
    own: str
    call: int


def _sources(*calls: int | None) -> frozenset[int]:
    return frozenset(call for call in calls if call is not None and call != UNATTRIBUTED)


@lru_cache(maxsize=256)
def _trusted(text: str) -> tuple[frozenset[str], frozenset[str], str]:
    """Values, rare words and phrase of a text that many cases share (a policy, a request)."""
    return frozenset(atoms(text)), frozenset(rare(words(text))), phrase(text)
