"""XML as a document of objects, lists and texts, as policies are read in any other form."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree

from gatling_core import limits
from gatling_core.errors import LimitExceeded

_DECLARED = ("<!DOCTYPE", "<!ENTITY", "<!doctype")


def as_document(text: str) -> dict[str, Any] | None:
    """The elements by their tags, those that repeat as a list; attributes stand beside the elements. None if it is no XML, declares a
    document type (no entity is ever read), or has words between elements: then it is prose with tags.

    Raises:
        LimitExceeded: nested deeper than Gatling's limit.
    """
    if any(declared in text for declared in _DECLARED):
        return None
    try:
        root = _root(text)
    except ElementTree.ParseError:
        return None
    return None if _has_words_between(root) else {_name(root.tag): _value(root)}


def is_broken_markup(text: str) -> bool:
    """Whether nearly all lines are elements, and they are no XML: a part of it may be missing."""
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    if 5 * sum(line.startswith("<") for line in lines) < 4 * len(lines):
        return False
    try:
        _root(text)
    except (ElementTree.ParseError, LimitExceeded):
        return True
    return False


def _root(text: str) -> ElementTree.Element:
    depth = 0
    root: ElementTree.Element | None = None
    for event, element in ElementTree.iterparse(io.BytesIO(text.encode("utf-8", "replace")), ("start", "end")):  # noqa: S314 (no entities)
        depth += 1 if event == "start" else -1
        if depth > limits.MAX_DEPTH:
            raise LimitExceeded(f"nested deeper than {limits.MAX_DEPTH} levels", "policy")
        root = element if root is None else root
    if root is None:
        raise ElementTree.ParseError("no element")
    return root


def _has_words_between(root: ElementTree.Element) -> bool:
    return any(
        (len(element) > 0 and (element.text or "").strip()) or (element is not root and (element.tail or "").strip())
        for element in root.iter()
    )


def _name(tag: str) -> str:
    """Without its namespace."""
    return tag.rpartition("}")[2]


def _value(element: ElementTree.Element) -> Any:
    found: dict[str, Any] = {_name(key): value for key, value in element.attrib.items()}
    for child in element:
        name, value = _name(child.tag), _value(child)
        if isinstance(before := found.get(name), list):
            before.append(value)
        else:
            found[name] = [before, value] if name in found else value
    said = (element.text or "").strip()
    return ({**found, "text": said} if said else found) if found else said
