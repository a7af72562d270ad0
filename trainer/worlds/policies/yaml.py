"""Block YAML of plain data: enough for policies, and much faster than the library."""

from __future__ import annotations

import json
from typing import Any

_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def to_yaml(value: Any, indent: int = 0) -> str:
    pad = "  " * indent
    if isinstance(value, dict):
        parts: list[str] = []
        for key, child in value.items():
            if isinstance(child, dict | list) and child:
                parts.append(f"{pad}{_scalar(key)}:\n{to_yaml(child, indent + 1)}")
            else:
                parts.append(f"{pad}{_scalar(key)}: {_scalar(child)}\n")
        return "".join(parts)
    if isinstance(value, list):
        return "".join(_item(child, pad, indent) for child in value)
    return f"{pad}{_scalar(value)}\n"


def _item(child: Any, pad: str, indent: int) -> str:
    """An object starts on the line of its dash, as people write it."""
    if isinstance(child, dict) and child:
        return f"{pad}- {to_yaml(child, indent + 1).lstrip()}"
    return f"{pad}-\n{to_yaml(child, indent + 1)}" if isinstance(child, list) and child else f"{pad}- {_scalar(child)}\n"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and value and value[0].isalpha() and value.lower() not in _RESERVED and _is_plain(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_plain(value: str) -> bool:
    """Whether it means the same without quotes."""
    return value.isalnum() or (all(c.isalnum() or c in " _-./()" for c in value) and not value.endswith(" "))
