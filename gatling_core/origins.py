"""Where the values of a call's arguments come from: the one place that decides tiers and data flow.

Texts are told in the order of the stream. What user, system prompt and policy say is trusted; an output is credited with a value
only if nothing trusted and not the call's own arguments held it before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeVar

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

CACHED_TEXT = 2_000
"""Longer texts are read anew each time: a cache of them would hold much memory, of users' data."""

_K = TypeVar("_K")
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
        self._output_phrases: list[tuple[str, str, int]] = []
        """Each output as a phrase, the arguments of its call as one, and the call."""

    def fork(self) -> Origins:
        """The same, to go on by itself."""
        other = Origins()
        for name in self.__slots__:
            setattr(other, name, getattr(self, name).copy())
        return other

    def trust(self, text: str) -> None:
        """Text of the user, the system prompt or the policy."""
        said = _read(text)
        self._trusted_atoms |= said.atoms
        self._trusted_words |= said.rare
        self._trusted_phrases.append(said.phrase)

    def add_output(self, text: str, call: int, arguments: Mapping[str, Any]) -> None:
        """The output of a call; `arguments` are its own, whose repetition is no first appearance."""
        said, own = _read(text), _read(" ".join(str(leaf) for leaf in leaves(arguments)))
        _first(self._output_atoms, said.atoms - self._trusted_atoms - own.atoms, call)
        _first(self._output_words, said.rare - self._trusted_words - own.rare, call)
        _first(self._output_pairs, {pair for pair in said.pairs if pair[1] not in own.atoms}, call)
        self._output_phrases.append((said.phrase, own.phrase, call))

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
        said = _read(value)
        if len(value.split()) <= PHRASE_WORDS:
            sought = said.phrase
            if any(sought in text for text in self._trusted_phrases):
                return Origin(1)
            for text, own, call in self._output_phrases:
                if sought in text and sought not in own:
                    return Origin(3, _sources(call))
        marked = self._marks(said.atoms)
        telling = said.rare
        copied = Counter(self._output_words[word] for word in telling if word in self._output_words)
        enough = max(2.0, COPIED_SHARE * len(telling))
        sources = _sources(*marked.values(), *(call for call, count in copied.items() if count >= enough))
        if any(atom not in self._trusted_atoms for atom in marked) or copied.total() >= enough:
            return Origin(3, sources)
        given = sum(word in self._trusted_words for word in telling)
        return Origin(1 if telling and given >= GIVEN_SHARE * len(telling) else 0, sources, bool(telling))

    def _marks(self, found: AbstractSet[str]) -> dict[str, int]:
        return {atom: self._output_atoms[atom] for atom in found if atom in self._output_atoms and marks(atom)}


@dataclass(frozen=True)
class _Said:
    """A text as what can be found again of it; each part is worked out when it is first asked for."""

    text: str

    @cached_property
    def atoms(self) -> frozenset[str]:
        return frozenset(atoms(self.text))

    @cached_property
    def rare(self) -> frozenset[str]:
        return frozenset(rare(words(self.text)))

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(pairs(self.text))

    @cached_property
    def phrase(self) -> str:
        return phrase(self.text)


def _read(text: str) -> _Said:
    return _cached(text) if len(text) <= CACHED_TEXT else _Said(text)


_cached = lru_cache(maxsize=2_048)(_Said)


def _first(known: dict[_K, int], found: AbstractSet[_K], call: int) -> None:
    """Credit the call with what nobody was credited with before."""
    known.update(dict.fromkeys(found - known.keys(), call))


def _sources(*calls: int | None) -> frozenset[int]:
    return frozenset(call for call in calls if call is not None and call != UNATTRIBUTED)
