"""Fields that a body misspells: ignored like any unknown field, they would leave a case without its arguments, and an error become an allow."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from gatling_core.schemas import Case, Contract, Influence, Plan, ToolCall, Trace
from server.errors import FieldError

LABELS = frozenset({"label", "kind", "energy_labels", "violations", "hard_negatives"})
"""What data files say of a case, and a caller does not: the body of `POST /score` is a case without them, and none is meant there."""

_SHORTEST = 5
"""Every other short word is near a shorter name (`id`)."""
_LONGEST = 32

_OTHER_WORDS: dict[type[Contract], dict[str, str]] = {
    ToolCall: dict.fromkeys(("args", "kwargs", "params", "parameters", "input"), "arguments"),
    Case: {"role": "user_role"},
    Trace: {"role": "user_role"},
}
"""What other runtimes call a field."""


def misspelt(contract: type[Contract], document: dict[str, Any]) -> Iterator[FieldError]:
    """The fields of a case or a trace (of other contracts: none) that are unknown, and near the name of one that is missing beside them.

    Whatever else is unknown is the runtime's own, and so is what stands beside the field that it is like. The document may be anything.
    """
    if contract not in _VARIANTS:
        return
    yield from _of(contract, document, ())
    plan = document.get("execution_plan")
    if contract is not Case or not isinstance(plan, dict):
        return
    yield from _of(Plan, cast("dict[str, Any]", plan), ("execution_plan",))
    nodes = cast("dict[str, Any]", plan).get("nodes")
    for i, node in enumerate(cast("list[Any]", nodes) if isinstance(nodes, list) else ()):
        # Mostly no field is unknown, which one comparison tells.
        if isinstance(node, dict) and not (node.keys() <= _CALL and _is_plain(node.get("influence"))):
            call, path = cast("dict[str, Any]", node), ("execution_plan", "nodes", str(i))
            yield from _of(ToolCall, call, path)
            if isinstance(influence := call.get("influence"), dict):
                yield from _of(Influence, cast("dict[str, Any]", influence), (*path, "influence"))


def _is_plain(influence: Any) -> bool:
    return not isinstance(influence, dict) or influence.keys() <= _INFLUENCE


def _of(contract: type[Contract], fields: dict[str, Any], path: tuple[str, ...]) -> Iterator[FieldError]:
    known = _KNOWN[contract]
    if fields.keys() <= known:
        return
    for name in (name for name in fields if name not in known):
        likely = _likely(contract, name) if len(name) <= _LONGEST else None
        if likely and likely not in fields:
            yield FieldError(".".join((*path, name)), f"there is no such field: {likely} is meant, it seems")


@lru_cache(maxsize=4_096)
def _likely(contract: type[Contract], name: str) -> str | None:
    """The field whose name this is in another spelling, or with one letter more, less, other, or in another place."""
    plain = _plain(name)
    variants = _VARIANTS[contract]
    return next((variants[near] for near in (plain, *_shorter(plain)) if near in variants), None)


def _plain(name: str) -> str:
    """`toolName`, `tool-name` and `tool_name` are one name."""
    return name.replace("_", "").replace("-", "").lower()


def _shorter(name: str) -> Iterator[str]:
    """The name without one of its letters: those of two names with one mistake between them meet."""
    return (name[:at] + name[at + 1 :] for at in range(len(name)))


def _variants(contract: type[Contract]) -> dict[str, str]:
    names = [name for name in contract.model_fields if len(name) >= _SHORTEST and name not in LABELS]
    near = {variant: name for name in names for variant in (_plain(name), *_shorter(_plain(name)))}
    return near | _OTHER_WORDS.get(contract, {})


_READ = (Case, Trace, Plan, ToolCall, Influence)
_KNOWN: dict[type[Contract], frozenset[str]] = {contract: frozenset(contract.model_fields) for contract in _READ}
_CALL, _INFLUENCE = _KNOWN[ToolCall], _KNOWN[Influence]
_VARIANTS: dict[type[Contract], dict[str, str]] = {contract: _variants(contract) for contract in _READ}
