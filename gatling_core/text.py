"""Text to words, word ids and values: the one tokeniser of recorder, features and training.

Ids are CRC-32 of the stemmed word, so they are the same in every process, and a name never seen in training still has an identity
that policy and plan share.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

BUCKETS = 65_536
"""Rows of the word embedding; row 0 is padding."""

_RUN = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_ACRONYMS = re.compile(r"[A-Z]{2,5}s")
# Linear in the text: a start inside a run that failed before, or far from what must follow it, is given up at once.
_VALUE = re.compile(
    r"[\w.+\-]{1,64}+@[\w\-]++(?:\.[\w\-]++)+|(?:https?://|(?<![\w\-]))[\w\-]++(?:\.[\w\-]++)+(?:/[^\s\"'<>)]*)?"
    r"|(?:\w|[#/](?=[\-/:.#]{0,64}\w))[\w\-/:.#]*\w|\w"
)
_HOST = re.compile(r"^(?:[\w.+\-]+@|https?://(?:www\.)?|www\.)?([\w\-]+(?:\.[\w\-]+)+)")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-Z\"'(\[\d-])|\n+")

CACHED_RUNS = 65_536
CACHED_RUN = 64
"""Longer runs of letters are split anew each time: a cache of them would hold much memory and whole texts of users."""

# Words so common that sharing them says nothing.
STOP = frozenset(
    "a an and any are as at be by can could do does for from had has have he her him his how i if in into is it its me my no nor not of"
    " on or our she should so some such than that the their them then there these they this those to up us was we were what when"
    " which who will with would you your please true false null none".split()
)


def letter_runs(text: str) -> list[str]:
    """The runs of letters and digits in a text, in Unicode's compatibility form."""
    return _RUN.findall(text if text.isascii() else unicodedata.normalize("NFKC", text))


def parts(name: str) -> list[str]:
    """What a name is put together of, as it is written: `wardNurse_2` → `ward`, `Nurse`, `2`."""
    return [part for run in letter_runs(name) for part in _CAMEL.findall(run)]


def words(text: str) -> list[str]:
    """Lower-cased, lightly stemmed words, split at camelCase, snake_case and punctuation; mixed runs (`HAT136`) stay whole."""
    return [w for run in letter_runs(text) for w in (_split(run) if len(run) <= CACHED_RUN else _split.__wrapped__(run))]


def word_ids(text: str) -> list[int]:
    """CRC-32 of each of `words(text)`."""
    runs = letter_runs(text)
    return [i for run in runs for i in (_split_ids(run) if len(run) <= CACHED_RUN else _ids(_split.__wrapped__(run)))]


def buckets(texts: Sequence[Sequence[int]], width: int) -> NDArray[np.int32]:
    """Embedding rows of the first `width` ids of each text, padded with 0. Shape [len(texts), width]."""
    kept = [ids if len(ids) <= width else ids[:width] for ids in texts]
    lengths = np.fromiter(map(len, kept), np.int64, len(kept))
    rows = np.zeros((len(kept), width), np.int32)
    flat = np.fromiter(chain.from_iterable(kept), np.int64, int(lengths.sum()))
    rows[np.arange(width) < lengths[:, None]] = flat % (BUCKETS - 1) + 1
    return rows


def weight(word_id: int) -> float:
    """How much sharing this word means: little for stop words and single characters."""
    return 0.1 if word_id in _STOP_IDS else 1.0


def weigh(words: frozenset[int]) -> float:
    """Their summed `weight`."""
    light = len(words & _STOP_IDS)
    return len(words) - light + 0.1 * light


def heavy(words: frozenset[int]) -> frozenset[int]:
    """The words of full weight."""
    return words - _STOP_IDS


def telling_ids(name: str) -> tuple[int, ...]:
    """The ids of the words of full weight, in their order."""
    return tuple(i for i in word_ids(name) if i not in _STOP_IDS)


def values(text: str) -> list[str]:
    """Whole values in a text, normalised: identifiers, mail addresses, URLs, file names, dates, numbers, plain words."""
    return [v.lower().rstrip(".:/-") for v in _VALUE.findall(text)]


def sentences(text: str) -> list[str]:
    """Sentences, lines and bullets of a text, without their bullet marks and without empty ones."""
    parts = (part.strip().lstrip("-*• ").strip() for part in _SENTENCE.split(text))
    return [part for part in parts if part]


def value_id(text: str) -> int:
    """CRC-32 of a whole value, case and outer space aside."""
    return zlib.crc32(text.strip().lower().encode("utf-8", "replace"))


def host(value: str) -> str | None:
    """The domain of a mail address or URL (`a@b.com`, `https://b.com/x`, `www.b.com` → `b.com`), None for anything else."""
    value = value.strip().lower()
    if "@" not in value and "://" not in value and not value.startswith("www."):
        return None
    match = _HOST.match(value)
    return match.group(1).removeprefix("www.") if match else None


@lru_cache(maxsize=CACHED_RUNS)
def _split(run: str) -> tuple[str, ...]:
    if run.islower() or not run.isalpha():
        return (stem(run.lower()),)
    if _ACRONYMS.fullmatch(run):
        return (run[:-1].lower(),)
    return tuple(stem(part.lower()) for part in _CAMEL.findall(run)) or (stem(run.lower()),)


@lru_cache(maxsize=CACHED_RUNS)
def _split_ids(run: str) -> tuple[int, ...]:
    return _ids(_split(run))


def _ids(found: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(zlib.crc32(word.encode("utf-8", "replace")) for word in found)


def stem(word: str) -> str:
    """Just enough of English inflection that `invoices`, `rows`, `listing` and `shared` meet `invoice`, `row`, `list` and `share`."""
    if len(word) < 4 or not word.isalpha():
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) == 4:
        return word[:-1] if word.endswith("s") and not word.endswith(_NO_PLURAL) else word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("smen", "emen", "women")):
        return word[:-2] + "an"
    word = word.removesuffix("s") if word.endswith("ings") else word
    if word.endswith("ing") and len(word) > 5:
        word = word[:-3]
    elif word.endswith(("ed", "sses", "xes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(_NO_PLURAL):
        word = word[:-1]
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word


_IRREGULAR = {
    "paid": "pay", "sent": "send", "written": "writ", "taken": "take", "given": "give", "sold": "sell", "made": "make", "seen": "see", "held": "hold", "kept": "keep", "bought": "buy", "drawn": "draw", "chosen": "choos", "struck": "strik", "spent": "spend", "lent": "lend", "built": "build", "bound": "bind", "brought": "bring", "shown": "show", "known": "know", "withdrawn": "withdraw", "overwritten": "overwrit",
}  # fmt: skip
"""Of verbs that policies speak of in the passive voice, already stemmed."""
_NO_PLURAL = ("ss", "us", "is", "news")
_STOP_IDS = frozenset(i for word in STOP for i in (zlib.crc32(word.encode()), zlib.crc32(stem(word).encode())))
