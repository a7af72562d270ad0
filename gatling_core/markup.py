"""XML as a document of objects, lists and texts, as policies are read in any other form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from gatling_core import limits
from gatling_core.errors import LimitExceeded

_DECLARED = ("<!DOCTYPE", "<!ENTITY", "<!doctype")
"""What is not parsed at all, so that no entity is ever expanded."""
_CHUNK = 65_536
"""Characters after which the depth is looked at."""


def as_document(text: str) -> dict[str, Any] | None:
    """The elements by their tags, those that repeat as a list; attributes stand beside the elements. None if it is no XML, declares a
    document type (no entity is ever read), or has words between elements: then it is prose with tags.

    Raises:
        LimitExceeded: nested deeper than Gatling's limit.
    """
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
    """Of a text, whose characters are known whatever encoding it declares."""
    if any(declared in text for declared in _DECLARED):
        raise ElementTree.ParseError("a document type")
    parser = ElementTree.XMLPullParser(("start", "end"))
    written = text.encode("utf-8", "replace").decode()
    root: Any = None
    depth = 0
    for start in range(0, len(written), _CHUNK):
        parser.feed(written[start : start + _CHUNK])
        events: Any = parser.read_events()
        for event, element in events:
            depth += 1 if event == "start" else -1
            if depth > limits.MAX_DEPTH:
                raise LimitExceeded(f"nested deeper than {limits.MAX_DEPTH} levels", "policy")
            root = element if root is None else root
    parser.close()
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
    if not element.attrib and not len(element):
        return (element.text or "").strip()
    found: dict[str, Any] = {}
    for name, value in _parts(element):
        if isinstance(before := found.get(name), list):
            before.append(value)
        else:
            found[name] = [before, value] if name in found else value
    return found


def _parts(element: ElementTree.Element) -> Iterator[tuple[str, Any]]:
    """By name, of which several may have the same: attributes, elements and the text."""
    yield from ((_name(key), value) for key, value in element.attrib.items())
    yield from ((_name(child.tag), _value(child)) for child in element)
    if said := (element.text or "").strip():
        yield "text", said
