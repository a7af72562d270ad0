"""Values: what a call's argument is made of, and where in earlier text the same value stood.

A value is compared whole, in one normal form (`$98.70` is `98.7`, `<https://www.x.org/>` is `x.org`), so that `bank.org` is never
found inside `true-bank.org`. Several words are compared as a phrase; long text by the share of its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeGuard, cast

from gatling_core import text

_ATOM = re.compile(r"[$€£]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\w|\.\d)|[^\s\"'`<>(){}\[\],;|“”‘’«»\\]+")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_GROUPED = re.compile(r"\b[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?\b")
_AFTER_KEY = re.compile(r"[:=][ \t]*[\"']?([\w.\-]{1,32})")
KEY_CHARACTERS = 24
_WORD = re.compile(r"\w+")
_JOINT = re.compile(r"[/?&=:#]+")
_MONTHS = {name: f"{i:02d}" for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_MONTH = r"([JFMASONDjfmasond][a-z]{2})[a-z]*\.?"
_DATE = re.compile(rf"\b(?:{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?|(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH})(?:,? (\d{{4}}))?\b")
_ISO_DATE = re.compile(r"\d{4}-(\d\d-\d\d)")

PHRASE_WORDS = 12
"""A value of more words is long free text: nobody repeats it to the letter."""

# Single words that stand in any text: finding one again says nothing about where it came from.
_COMMON = text.STOP | frozenset(
    "about account action active add address after again agent also amount answer app apply asc average back base before best big body"
    " book both card change channel check city client close code company complete confirm content copy count cost country create"
    " current customer data date day default delete desc description details done draft email employee end english error event every"
    " external fast file find first folder free friday full general good group help here high home hour important info input internal"
    " issue item items just key know language last latest level like limit line link list local location long low main make manager"
    " many march medium meeting member message mode monday money month more most much name need never news next normal note notes"
    " number only open optional order other out over owner page paid part password payment pending people phone place plan point post"
    " price primary private project public query random read ready recent recipient record regular reply report request result"
    " review role room same saturday save search second select send sender sent service session short show simple single site size"
    " small sort standard start state status still subject success sunday support system table task team test text thank thanks"
    " thursday time title today todo tomorrow total tuesday type unknown update urgent used user value version very view visit"
    " wednesday week well work world write year yesterday".split()
)


def atoms(value: str) -> set[str]:
    """Whole values in a text in their normal form: mail addresses, URLs, IBANs, ids, file names, dates, amounts, plain words."""
    runs = set(_ATOM.findall(value))
    found = set(map(_normal, runs))
    # `id=7`, and `101,234` that may be a list: the whole and its parts. In a URL the whole only.
    found.update(_normal(part) for run in runs if "=" in run and "/" not in run for part in run.split("="))
    found.update(_normal(part) for run in runs if "," in run for part in run.split(","))
    found.update(group.replace(" ", "").lower() for group in _GROUPED.findall(value))
    for month, day, day_before, month_after, year in _DATE.findall(value):
        number = _MONTHS.get((month or month_after).lower())
        if number:
            short = f"{number}-{int(day or day_before):02d}"
            found.update((short, f"{year}-{short}") if year else (short,))
    found.discard("")
    return found


@lru_cache(maxsize=65_536)
def _normal(atom: str) -> str:
    atom = atom.strip(".:!?*_-#@/~…$€£%=").lower()
    for prefix in ("https://", "http://", "mailto:", "www."):
        atom = atom.removeprefix(prefix)
    if _NUMBER.fullmatch(atom):
        if "." in atom:
            return atom.rstrip("0").rstrip(".")
        return atom
    if "," in atom and atom[:1].isdigit():
        return _normal(atom.replace(",", ""))
    return atom


def normal(value: Any) -> str:
    """A scalar in the form in which `atoms` finds it in text."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    plain = str(value).strip()
    return plain.replace(" ", "").lower() if _GROUPED.fullmatch(plain) else _normal(plain)


def is_text(value: Any) -> bool:
    """Whether a scalar is several words, to be compared as a phrase. An IBAN written in groups is one value."""
    return isinstance(value, str) and len(value.split()) > 1 and not _GROUPED.fullmatch(value.strip())


def parts(atom: str) -> set[str]:
    """The values inside a compound one, such as the parameters of a URL."""
    return {part for part in map(_normal, _JOINT.split(atom)) if part and part != atom}


@lru_cache(maxsize=65_536)
def is_specific(atom: str) -> bool:
    """Whether meeting this value twice is no coincidence. Small and round numbers and everyday words are not specific."""
    if _NUMBER.fullmatch(atom):
        digits = atom.lstrip("-+").replace(".", "")
        return len(digits.strip("0")) >= 2 and (len(digits) >= 3 or "." in atom)
    if atom.isalpha():
        return len(atom) >= 4 and atom not in _COMMON
    return len(atom) >= 4


def marks(atom: str) -> bool:
    """Whether this value alone gives its origin away inside a long text: a code, address, URL or amount, not a mere word."""
    return len(atom) >= 5 and is_specific(atom) and any(c.isdigit() or c in "@./" for c in atom)


def alternatives(atom: str) -> tuple[str, ...]:
    """Other forms under which the same value may stand in text: a date without its year."""
    date = _ISO_DATE.match(atom)
    return (date.group(0), date.group(1)) if date else ()


def phrase(value: str) -> str:
    """The words of a text between single spaces, so that a phrase is found by `in`."""
    return f" {' '.join(_WORD.findall(value.lower()))} "


def pairs(value: str) -> set[tuple[str, str]]:
    """Values that are not specific, with the last word of the key they stand under: `id_: '19'` gives ("id", "19")."""
    found: set[tuple[str, str]] = set()
    for match in _AFTER_KEY.finditer(value):
        atom = _normal(match.group(1))
        if is_specific(atom):
            continue
        # A pattern that begins with the key would be tried at every character.
        key = text.words(value[max(0, match.start() - KEY_CHARACTERS) : match.start()])
        if key:
            found.add((key[-1], atom))
    return found


def content_words(value: str) -> list[str]:
    """Stemmed words without stop words and single letters, in order."""
    runs = text.letter_runs(value)
    return [w for run in runs for w in (_content(run) if len(run) <= text.CACHED_RUN else _content.__wrapped__(run))]


@lru_cache(maxsize=262_144)
def _content(run: str) -> tuple[str, ...]:
    return tuple(word for word in text.words(run) if word not in _STOP and (len(word) > 1 or word.isdigit()))


def rare(stems: Iterable[str]) -> set[str]:
    """Those of some stemmed words that are not everyday words."""
    return {word for word in stems if len(word) >= 4 and word not in _COMMON_STEMS}


_COMMON_STEMS = frozenset(map(text.stem, _COMMON))
_STOP = text.STOP | frozenset(map(text.stem, text.STOP))


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def leaves(value: Any) -> Iterator[Any]:
    """All scalars in an argument but null, nested ones too, at any depth."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            stack.extend(reversed(list(cast("Mapping[str, Any]", item).values())))
        elif isinstance(item, list | tuple):
            stack.extend(reversed(cast("Sequence[Any]", item)))
        elif item is not None:
            yield item
