"""A policy as the places its clauses stand in: to show it clause by clause, and to take one out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from gatling_core.policy import Clause, Policy, clauses, parse

Place = tuple[Any, ...]
"""The keys and indices that lead to a value of the document."""


@dataclass(frozen=True)
class Placed:
    """A clause, the value of the document that it is in, and where in it, if that is text of several clauses."""

    clause: Clause
    place: Place
    span: tuple[int, int] | None

    @property
    def removable(self) -> bool:
        """A heading says nothing of itself, and a sentence whose spaces were tidied is not found in the text."""
        return self.clause.kind != "heading" and self.span != (0, 0)


def placed(policy: Policy) -> list[Placed]:
    """The clauses as `gatling_core.policy.clauses` has them, in its order, each with its place."""
    found, walked = clauses(policy), list(_walk((), parse(policy)))
    assert len(found) == len(walked), "the walk sees the clauses that the features see"
    return [replace(item, clause=clause) for item, clause in zip(walked, found, strict=True)]


def without(policy: Policy, clause: Placed) -> Policy:
    """The policy with one clause taken out, and what is empty then."""
    document = parse(policy)
    if clause.span is None:
        return _removed(document, clause.place) if clause.place else ""
    start, end = clause.span
    return _changed(document, clause.place, lambda text: text[:start] + text[end:])


def _walk(place: Place, value: Any) -> Iterator[Placed]:
    if isinstance(value, dict) and value:
        for key, child in cast("dict[Any, Any]", value).items():
            yield from _walk((*place, key), child)
        return
    # A text that is the whole policy is read as prose, however short; below a key, only a long one is.
    found = clauses(value if place == () else {"": value})
    if isinstance(value, list) and ([clause.kind for clause in found] != ["list"] or _nests(value)):
        for i, child in enumerate(cast("list[Any]", value)):
            if child != {}:  # says nothing, and is no clause
                yield from _walk((*place, i), child)
    elif len(found) == 1:
        yield Placed(found[0], place, None)
    else:
        yield from _sentences(place, str(value), found)


def _sentences(place: Place, text: str, found: list[Clause]) -> Iterator[Placed]:
    at = 0
    for clause in found:
        said = clause.text or clause.path[-1]  # a heading is its own path
        start = text.find(said, at)
        at = start + len(said) if start >= 0 else at
        yield Placed(clause, place, (start, at) if start >= 0 else (0, 0))


def _nests(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(child, dict | list) for child in cast("list[Any]", value))


def _removed(document: Any, place: Place) -> Any:
    """A copy without the value at `place`; a container that is empty then goes too."""
    key, *rest = place
    copy = document.copy()
    child = _removed(document[key], tuple(rest)) if rest else None
    if child:
        copy[key] = child
    else:
        del copy[key]
    return copy


def _changed(document: Any, place: Place, change: Any) -> Any:
    if not place:
        return change(document)
    copy = document.copy()
    copy[place[0]] = _changed(document[place[0]], place[1:], change)
    return copy
