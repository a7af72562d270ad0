"""Secrets out of what is logged, by rules: by the name of a value, and by the form of a text.

Every pattern reads a text once, whatever stands in it: an attacker writes some of these texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

MASK = "[masked]"

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_SECRET_WORDS = frozenset(
    "password passwords passwd passphrase passcode pwd secret secrets token tokens apikey accesskey privatekey secretkey authorization credential credentials cookie cookies "
    "bearer otp pin cvv cvc iban ssn sessionid".split()
)
_SECRET_PAIRS = frozenset({("api", "key"), ("private", "key"), ("access", "key"), ("session", "id"), ("card", "number")})

_TEXTS = re.compile(
    r"""
      -----BEGIN[ ][A-Z ]{0,32}PRIVATE[ ]KEY-----[\s\S]*?(?:-----END|\Z)
    | (?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*  # a JSON web token
    | (?<![\w-])(?:sk|pk|rk|gk|ghp|gho|ghs|github_pat|glpat|xox[abprs])[-_][\w-]{16,}
    | (?<![A-Za-z0-9])A[KS]IA[0-9A-Z]{16}
    | (?i:bearer|basic)[ ]+[\w.~+/=-]{8,}
    | (?<=://)[^/\s:@]{0,64}:[^/\s@]{1,128}@  # user:password@ in an address
    | (?i:passwords?|passwd|pwd|passphrase|secret|token|api[_-]?key)[ ]{0,4}[=:][ ]{0,4}(?:["'][^"']{1,256}|[^\s,;]{1,256})
      # JSON inside a text, its quotes escaped or not; `"secret": true` classifies
    | (?i:passwords?|passwd|pwd|passphrase|secret|token|(?:api|access)[_-]?key)\\?["'][ ]{0,4}:[ ]{0,4}\\?["'](?:[^"'\\]|\\.){1,256}
    """,
    re.VERBOSE,
)


class Masker:
    """The rules, and the ones that an installation adds: patterns of names and of texts."""

    def __init__(self, more: Sequence[str] = ()) -> None:
        self._more = [re.compile(pattern) for pattern in more]

    def text(self, text: str) -> str:
        """The text with every part masked that looks like a secret."""
        for pattern in (_TEXTS, *self._more):
            text = pattern.sub(MASK, text)
        return text

    def value(self, value: Any, *, names: bool = True) -> Any:
        """A JSON value of the same shape: texts as in `text`, and (`names`) whole what is named like a secret."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {
                key: MASK if names and self._is_secret(str(key), item) else self.value(item, names=names)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.value(item, names=names) for item in value]
        return value

    def _is_secret(self, name: str, value: Any) -> bool:
        if value is None or isinstance(value, bool):  # `secret: true` classifies, and says nothing secret
            return False
        words = [word.lower() for word in _WORDS.findall(name)]
        return (
            not _SECRET_WORDS.isdisjoint(words)
            or not _SECRET_PAIRS.isdisjoint(pairwise(words))
            or any(pattern.search(name) for pattern in self._more)
        )
