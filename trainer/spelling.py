"""Ways to write a value so that it does not look like itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda text: b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "reversed": lambda text: text[::-1],
    "spaced": " ".join,
}
