"""A policy as a document and as clauses, whatever form it came in: an object, or text of JSON, YAML or plain prose."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import Any

import yaml

from gatling_core import limits
from gatling_core.audience import audience, goes_on, parts
from gatling_core.digest import sha256
from gatling_core.distinct import RepeatedKey, distinct
from gatling_core.errors import InvalidInput, LimitExceeded
from gatling_core.layout import Heading, Table, blocks, notes
from gatling_core.markup import as_document, is_broken_markup
from gatling_core.sections import addressed
from gatling_core.text import sentences

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Policy = dict[str, Any] | str

MAX_NAMES = 3
"""Of a record, that stand in the path of what else it holds."""
MAX_WHOM = 6
"""Of the roles that a record is for, which do too."""
_WHOM = frozenset("role roles group groups user_role user_roles principal principals".split())


class _Loader(_SafeLoader):
    """As YAML has it: a mapping has each of its keys once. PyYAML keeps the last of equal ones, and a rule would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(found) < len(node.value):
            raise yaml.constructor.ConstructorError(problem="a key is repeated")
        return found


KINDS = ("prose", "text", "number", "boolean", "null", "list", "heading")


@dataclass(frozen=True, slots=True)
class Clause:
    """One leaf of the policy: where it stands, and what it says."""

    path: tuple[str, ...]
    kind: str
    text: str
    items: tuple[str, ...] = ()
    number: float | None = None
    audience: str = ""
    """The role or roles that a sentence is about, if it says so (audience.py)."""
    rule: tuple[int, int] = field(default=(0, 0), compare=False)
    """The same for all clauses of one sentence, or of one object that says what may be done: what one of them asks for binds the others."""


def policy_digest(policy: Policy) -> str:
    """Content address of a policy as it was posted: `sha256:…`."""
    return f"sha256:{sha256(policy)}"


def clauses(policy: Policy) -> list[Clause]:
    """The policy flattened: a clause per scalar, per list of scalars and per sentence of prose, in document order.

    Raises:
        InvalidInput: text that starts as JSON or YAML and breaks Gatling's limits, uses YAML aliases or repeats a key of JSON.
        LimitExceeded: more than `limits.MAX_CLAUSES` clauses.
    """
    document = parse(policy)
    found: list[Clause] = []
    for clause in _prose((), document) if isinstance(document, str) else _flatten((), document):
        found.append(clause)
        if len(found) > limits.MAX_CLAUSES:
            raise LimitExceeded(f"more than {limits.MAX_CLAUSES} clauses", "policy")
    return addressed(found)


def parse(policy: Policy) -> Any:
    """The policy as an object if it is one, or is text of one (JSON, YAML, XML); otherwise its text."""
    if not isinstance(policy, str):
        return policy
    if len(policy) > limits.MAX_POLICY_TEXT:
        raise LimitExceeded(f"longer than {limits.MAX_POLICY_TEXT} characters", "policy")
    text = policy.strip()
    document = _as_json(text) if text.startswith(("{", "[")) else as_document(text) if text.startswith("<") else None
    if document is None and _looks_like_yaml(text):
        document = _as_yaml(text)
    if document is None and _TOML_TABLE.search(text):
        document = _as_toml(text)
    if isinstance(document, dict | list) and document:
        _check(document)
        return document
    return policy


_OBJECT = r"\{\s*(?:[\"'}]|[\w.$-]+\s*:|\Z)"
_JSON_START = re.compile(rf"\ufeff?(?:{_OBJECT}|\[[\s\[]*(?:\"|\Z|{_OBJECT}))")
"""An object with a key, or a list of texts, lists or objects: no `[teller]`, no `{role}` and no `{{ template }}`."""
_TEMPLATE = re.compile(r"\{\{|\{%|<%")
_BRACKETS = frozenset("[]{}")
_PART = re.compile(r"^---[ \t]*$", re.MULTILINE)
"""Between documents in YAML, and around what a page of Markdown has in front."""


def is_broken(policy: Policy) -> bool:
    """Whether it is text that was meant as JSON, YAML or XML, and is read as prose because it is none: a part of it may be missing.

    A truncated file, a bracket that is not there. No template, and no page that goes on in words after whole JSON.

    Raises:
        InvalidInput: as `clauses` does.
    """
    if not isinstance(policy, str) or not isinstance(parse(policy), str):
        return False
    text = policy.strip()
    if _JSON_START.match(text):
        return _is_broken_json(text)
    if text.startswith("<"):
        return is_broken_markup(text)
    return _looks_like_yaml(text) and not _TEMPLATE.search(text) and any(map(_is_broken_yaml, _PART.split(text)))


def _is_broken_json(text: str) -> bool:
    """Values one after the other, and then anything: broken where one does not end, or goes on after its end."""
    while _JSON_START.match(text):
        try:
            _, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return True
        text = text[end:].lstrip()
    return text.startswith((",", ":", "]", "}"))


def _is_broken_yaml(part: str) -> bool:
    """Its lines are keys and items, and it parses as neither. Where most of them are sentences they are rules with a name in front."""
    lines = [line.strip() for line in part.splitlines() if line.strip()]
    if not _looks_like_yaml(part.strip()) or 2 * sum(map(_is_sentence, lines)) >= len(lines):
        return False
    try:
        return not isinstance(_as_yaml(part), dict | list)
    except InvalidInput:  # behind what ends the reading of the whole
        return True


def _is_sentence(line: str) -> bool:
    return line.endswith((".", "!", "?")) or (line.count(" ") > 5 and not _BRACKETS.intersection(line))


def _as_json(text: str) -> Any:
    """The text as JSON, None if it is none.

    Raises:
        InvalidInput: a key is repeated; of two rules one would be lost.
        LimitExceeded: nested deeper than can be read.
    """
    try:
        return json.loads(text, object_pairs_hook=distinct)
    except RepeatedKey as error:
        raise InvalidInput(str(error), "policy") from None
    except RecursionError:
        raise LimitExceeded(f"nested deeper than {limits.MAX_DEPTH} levels", "policy") from None
    except ValueError:
        return None


_YAML_LINE = re.compile(r"- |[\"']?(?:[\w .\-/*@]|:(?=[\w*:/])){1,60}[\"']?\s*:(?:\s|$)")
"""Of a line without its indentation, so that a long one costs no more than its length. A name may hold colons: `mcp:files:read`."""

_LONGEST_NUMBER = 300
"""Digits of a number in a policy's text: what is longer is hardly a finite float."""
_LONGEST_BITS = 1_000
_DIGITS = frozenset("+-0123456789_:.")


def _looks_like_yaml(text: str) -> bool:
    """Mostly `key:` and `- item` lines, the first of them a key: prose with bullets and colons does not count."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    lines = [line for at, line in enumerate(lines) if not at or not _PART.fullmatch(line)]
    if not lines or not re.match(r"^(?:---|[\"']?[\w.\-/]+[\"']?\s*:)", lines[0]):
        return False
    keyed = sum(1 for line in lines if _YAML_LINE.match(line.lstrip()))
    return keyed >= 0.8 * len(lines)


def _as_yaml(text: str) -> Any:
    """Safe YAML without aliases: an alias lets a short text expand without bound.

    The events are checked before anything is built of them: libyaml builds by recursion in C, where depth ends the process.
    """
    try:
        depth = values = 0
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            values += isinstance(event, yaml.ScalarEvent)
            _check_count(values)
            _check_event(event, depth)
        found = [document for document in yaml.load_all(text, Loader=_Loader) if document is not None]
        several = len(found) > 1 and all(isinstance(document, dict | list) for document in found)
        return found if several else found[0] if len(found) == 1 else None
    except InvalidInput:
        raise
    except RecursionError:
        raise LimitExceeded(f"nested deeper than {limits.MAX_DEPTH} levels", "policy") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError, TypeError):
        return None  # the constructors of explicit tags (`!!int ""`, `!!bool x`) raise what they run into


_TOML_TABLE = re.compile(r"^[ \t]*\[\[?[\w.\"-]+\]\]?[ \t]*$\s+[\w.-]+[ \t]*=[ \t]*[\[{\"'\d]", re.MULTILINE)
"""A table and a key with a value that is quoted, a number, a list or a table: no INI file."""


def _as_toml(text: str) -> Any:
    """The text as TOML, None if it is none. Remarks, which it has to itself, are a list of their own."""
    if any(line.count(".") > limits.MAX_DEPTH for line in text.splitlines()):  # a key of many parts takes quadratic time
        return None
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    remarks = [line.lstrip("# \t") for line in text.splitlines() if line.startswith("#") and line.strip("# \t")]
    return {"": remarks, **found} if remarks else found


def _check_count(values: int) -> None:
    if values > limits.MAX_VALUES:
        raise LimitExceeded(f"holds more than {limits.MAX_VALUES} values", "policy")


def _check_event(event: Any, depth: int) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise InvalidInput("YAML aliases are not accepted", "policy")
    if depth > limits.MAX_DEPTH + 1:
        raise LimitExceeded(f"nested deeper than {limits.MAX_DEPTH} levels", "policy")
    if getattr(event, "tag", None) == "tag:yaml.org,2002:set":  # its order would differ from process to process
        raise InvalidInput("YAML sets are not accepted: use a list", "policy")
    digits = event.value if isinstance(event, yaml.ScalarEvent) else ""  # `1:59:59…` takes quadratic time to become a number
    if len(digits) > _LONGEST_NUMBER and _DIGITS.issuperset(digits) and any(map(str.isdigit, digits)):
        raise LimitExceeded(f"a number of more than {_LONGEST_NUMBER} digits", "policy")


def _check(document: Any) -> None:
    stack: list[tuple[int, Any]] = [(0, document)]
    values = 0
    while stack:
        depth, item = stack.pop()
        values += not isinstance(item, dict | list)
        _check_count(values)
        if depth > limits.MAX_DEPTH:
            raise LimitExceeded(f"nested deeper than {limits.MAX_DEPTH} levels", "policy")
        if isinstance(item, dict):
            stack.extend((depth + 1, child) for entry in item.items() for child in entry)
        elif isinstance(item, list):
            stack.extend((depth + 1, child) for child in item)
        elif isinstance(item, int) and item.bit_length() > _LONGEST_BITS:
            raise LimitExceeded(f"a number of more than {_LONGEST_NUMBER} digits", "policy")


def _flatten(path: tuple[str, ...], value: Any) -> Iterator[Clause]:
    if isinstance(value, dict):
        if not value:
            yield Clause(path, "null", "")
        if any(str(key).lower() in _COMPARED and isinstance(child, str) for key, child in value.items()):
            yield from _list_item(path, value)
            return
        rule = (_OBJECT_RULE, next(_NUMBERS)) if _names_acts(value) else None
        for key, child in value.items():
            yield from _of_rule(rule, _flatten((*path, str(key)), child))
    elif isinstance(value, list):
        if all(not isinstance(child, dict | list) and not _is_prose(child) for child in value):
            items = tuple(_scalar(child) for child in value)
            yield Clause(path, "list", " ".join(items), items)
        else:
            names = _short(value)  # what an expression (`["subset", "columns", […]]`) says of the lists in it
            for child in value:
                yield from _list_item((*path, *names) if isinstance(child, list) else path, child)
    elif _is_prose(value):
        yield from _prose(path, value)
    elif isinstance(value, bool):
        yield Clause(path, "boolean", _scalar(value), (_scalar(value),))
    elif isinstance(value, int | float) and math.isfinite(value):
        yield Clause(path, "number", _scalar(value), (_scalar(value),), float(value))
    elif value is None:
        yield Clause(path, "null", "")
    else:
        said = _scalar(value)
        yield Clause(path, "text", said, (said,), audience=audience(said) if "role" in said.lower() else "")


def _list_item(path: tuple[str, ...], child: Any) -> Iterator[Clause]:
    """An item of a list of objects: its short texts (a name, a role, an effect), however deep, say what its other leaves are about."""
    if not isinstance(child, dict):
        yield from _flatten(path, child)
        return
    names = tuple(dict.fromkeys((*islice(_names(child), MAX_NAMES), *islice(_whom(child), MAX_WHOM))))
    rule = (_ITEM_RULE, next(_NUMBERS)) if _names_acts(child, deep=True) else None
    for key, value in child.items():
        others = tuple(name for name in names if name is not value)
        yield from _of_rule(rule, _flatten((*path, *others, str(key)), value))


_COMPARED = frozenset("attr attribute attribute_name attributeid attribute_id field property claim left lhs".split())
"""Keys of an object that compares what they name with what its other leaves say."""


def _of_rule(rule: tuple[int, int] | None, found: Iterator[Clause]) -> Iterator[Clause]:
    """Clauses as those of a rule, but for those that are part of one that means more."""
    for clause in found:
        yield replace(clause, rule=rule) if rule and rule[0] > clause.rule[0] else clause


_NUMBERS = count(1)
_SENTENCE_RULE, _OBJECT_RULE, _ITEM_RULE = 1, 2, 3
"""What a rule is: a sentence, the innermost object that says what may be done, an item of a list of rules. The last means most."""


def _names_acts(record: dict[Any, Any], *, deep: bool = False) -> bool:
    """Whether an object says what may be done; `deep`: or an object in it does."""
    if any(str(key).lower() in _ACTS and _is_plain(value) for key, value in record.items()):
        return True
    return deep and any(isinstance(value, dict) and _names_acts(value, deep=True) for value in record.values())


def _is_plain(value: Any) -> bool:
    """A text, or a list of texts."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(child, str) for child in value))


_ACTS = frozenset(
    "tool tools tool_name action actions act acts api apis call calls command commands function functions method methods operation operations"
    " permission permissions allow allows allowed permit permits deny denies denied forbid may can capability capabilities".split()
)
"""Keys of an object that say what may be done, or may not."""


def _whom(record: dict[Any, Any]) -> Iterator[str]:
    """The roles that an object names, and those that the objects in it do: whom all of it is for."""
    for key, value in record.items():
        if str(key).lower() in _WHOM:
            yield from _short(value if isinstance(value, list) else (value,))
        if isinstance(value, dict):
            yield from _whom(value)


def _names(record: dict[Any, Any]) -> Iterator[str]:
    """The short texts of an object and of the objects and short lists in it, its own first."""
    yield from _short(
        value for key, value in record.items() if key != "apiVersion" and not (key == "kind" and value in _OF_KUBERNETES)
    )
    for value in record.values():
        if isinstance(value, dict):
            yield from _names(value)
        elif isinstance(value, list) and len(value) <= MAX_NAMES:
            yield from _short(value)


_OF_KUBERNETES = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "Group", "User", "ServiceAccount")
"""Kinds of objects, which name no rule."""


def _short(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(islice((v for v in values if isinstance(v, str) and 0 < len(v) <= 48), MAX_NAMES))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _is_prose(value: Any) -> bool:
    return isinstance(value, str) and (len(value) > 80 or "\n" in value.strip() or value.count(" ") > 5)


def _as_title(clause: Clause) -> Clause:
    """The first clause: `Library assistant: frequently asked questions` is the title of a policy for an agent, and about no role."""
    of_the_agent = _OF_THE_AGENT.search(clause.audience) and not _SAYS_MAY.search(clause.text)
    return replace(clause, audience="") if of_the_agent else clause


_OF_THE_AGENT = re.compile(r"(?:assistant|agent|bot|copilot|helper)$", re.IGNORECASE)
_SAYS_MAY = re.compile(r"\b(?:may|can|must|shall|cannot)\b", re.IGNORECASE)
"""`A library assistant may lend` is no title."""
_NUMBERING = re.compile(r"(?:[A-Za-z§]+ ?)?\(?\d{1,3}[.):]+")
"""`Rule 3.`: its sentence follows."""


def _prose(path: tuple[str, ...], text: str) -> Iterator[Clause]:
    """Sentences, bullets and cells of tables; a heading joins the path of what follows it."""
    heading: tuple[str, ...] = ()
    who = ""
    found = False
    marked = notes(text)
    for block in blocks(text):
        if isinstance(block, Heading):
            heading, who = block.path, ""
            said = iter([Clause((*path, *heading), "heading", "")])
        elif isinstance(block, list):
            said = _table((*path, *heading), [[_noted(cell, marked) for cell in row] for row in block] if marked else block)
        else:
            said = _sentences((*path, *heading), block, who)
        for clause in said:
            shown = clause if found else _as_title(clause)
            yield shown
            who, found = shown.audience, True
    if not found:
        yield Clause(path, "prose", "")


def _sentences(path: tuple[str, ...], line: str, who: str) -> Iterator[Clause]:
    """`who`: whom the sentence before is about."""
    rule = _SENTENCE_RULE, next(_NUMBERS)
    for sentence in sentences(line):
        if not _NUMBERING.fullmatch(sentence):
            if not _REFERS.match(sentence):
                rule = _SENTENCE_RULE, next(_NUMBERS)
            for clause in _said(path, sentence, who, rule):
                yield clause
                who = clause.audience


_REFERS = re.compile(r"(?:They|It|These|This|Those|That)\b")
"""A sentence about what the one before is about."""


def _said(path: tuple[str, ...], sentence: str, before: str, rule: tuple[int, int]) -> Iterator[Clause]:
    """A clause for each part of a sentence. A part that names nobody goes on about whom the sentence is about, a sentence about `them` about
    whom the one before was.
    """
    named = audience(sentence)
    who = named or (before if goes_on(sentence) else "")
    for part in parts(sentence):
        own = audience(part, going_on=bool(who))
        yield Clause((*path, who) if who and not own else path, "prose", part, audience=own or who, rule=rule)


def _noted(cell: str, marked: dict[str, str]) -> str:
    """A cell of a table with what is said of the mark in it: `yes (a)`, `R *`, `L`."""
    found = next((mark for mark in marked if cell == mark or (not mark.isalpha() and cell.endswith(mark))), None)
    return f"{cell}: {marked[found]}" if found else cell


def _table(path: tuple[str, ...], rows: Table) -> Iterator[Clause]:
    """Each row is a record; in a matrix, whose rows differ and whose few words repeat, each cell is what its row and its column meet in."""
    header, *body = rows
    cells = [cell for row in body for cell in row[1:]]
    matrix = len(header) > 2 and 2 * len(set(cells)) <= len(cells) and len({row[0] for row in body}) == len(body)
    for row in body:
        record = {name: cell for name, cell in zip(header, row, strict=False) if cell}
        if matrix:
            yield from (Clause((*path, row[0], name), "text", cell, (cell,)) for name, cell in list(record.items())[1:])
        else:
            yield from _list_item(path, record)
