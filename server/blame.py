"""The one broken rule of a verdict as people write it, in a form or a spreadsheet: a call, an argument of it, a term."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# As the oracle gives a broken clause: a training takes only how several compare, and the label says the rest.
from gatling_core.oracle.judge import ENERGY

FIELDS = ("call", "argument", "term")


def violations_of(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the fields name, for a `Verdict` to validate: nothing if neither call nor argument is filled in; of no term, of scope."""
    call, argument, term = ("" if given.get(name) is None else str(given[name]) for name in FIELDS)
    if not call and not argument:
        return []
    named = {"node_id": call} if call else {}
    return [named | {"argument": argument or None, "term": term or "scope", "energy": ENERGY}]
