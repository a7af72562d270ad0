"""Text in its layout: headings, tables and lines, whatever a writer marks them with: Markdown, bars, columns of spaces, sections of INI files,
capitals, a colon at the end, questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple


class Heading(NamedTuple):
    """What stands above what follows it, in its parts: `[role:clerk]` has two."""

    path: tuple[str, ...]


Table = list[list[str]]
"""Rows of cells, the header first."""


def blocks(text: str) -> Iterator[Heading | Table | str]:
    """The lines of a text, of which some are headings, and some together a table. What an editor wrapped is one line."""
    text = _LEADERS.sub(": ", text)
    lines = _BARE_HEADING.sub(r"# \1\n", _unwrapped(_with_whole_rules(_without_borders(text)))).split("\n")
    at = 0
    while at < len(lines):
        table, end = _table(lines, at)
        if table is None:
            yield from (_heading(line) or line for line in lines[at:end])
        else:
            if "|" not in lines[at] and _may_be_a_rule(table):
                yield lines[at]
            yield table
        at = end


_LEADERS = re.compile(r"(?<=\w)[ \t]*(?:[ \t]\.{2}|\.{4})\.*[ \t]+(?=\S)")
"""Dots between what is done and who does it: `DISCARD A UNIT ...... SCIENTISTS`."""


def notes(text: str) -> dict[str, str]:
    """What a text says of the marks in its tables, by mark: `(a) only accredited checkers`, `L = their own lift`, `* of their own team`."""
    return {match["mark"]: match["said"].strip() for pattern in _NOTES for match in pattern.finditer(text)}


_NOTES = (
    re.compile(r"^[ \t>]*(?P<mark>\([a-z0-9]\)|\[[a-z0-9]\]|\*{1,3}|[¹²³†‡§])[ \t:=]+(?P<said>[^|\n]{4,200})$", re.MULTILINE),
    re.compile(r"(?:^|[,;:] *)(?P<mark>[A-Z]{1,2}) *= *(?P<said>[^|\n=,;]{4,200})(?=[,;]|$)", re.MULTILINE),
)
_HEADINGS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\s*#+\s+(?P<title>.*)",
        r"\s*(?P<title>[A-Z][^.!?]{1,60}):\s*",
        r"\s*(?:(?:\d{1,3}|[IVX]{1,4})[.)] |§ ?\d{1,3}\.? )?(?P<title>[A-Z](?=(?:[^A-Za-z]*[A-Z]){3})[A-Z0-9 ,&/'’()-]{2,58}[A-Z)])\s*",
        r"\s*[*_]{0,2}Q(?:uestion)? ?\d{0,3}[.:)]\s*(?P<title>.{3,200})",
        r"\s*(?P<title>[A-Z][^.?]{3,120}\?)\s*",
    )
)
_SECTION = re.compile(r"\s*\[([^\[\]\n]{2,60})\]\s*")
"""Of an INI file."""
_PARTS = re.compile(r"[:\"']+\s*")


def _heading(line: str) -> Heading | None:
    if section := _SECTION.fullmatch(line):
        return Heading(tuple(part for part in map(str.strip, _PARTS.split(section[1])) if part))
    found = (pattern.fullmatch(line) for pattern in _HEADINGS)
    return next((Heading((match["title"].strip(),)) for match in found if match), None)


_BARE_HEADING = re.compile(r"^(?![-*•#|>\[\s])([^\n|]{1,59}[^\n|.:;,!?])\n(?=[ \t]*(?:[-*•] |\[[ xX]?\] ))", re.MULTILINE)
"""A line above bullets or boxes to tick."""
_WRAPPED = re.compile(r"(?<=[^\s.:;!?|}\]])[ \t]*\n[ \t]*(?=[a-z][\w'’-]*[ ,.;])")
_WIDE = 50
"""A line at least this long that goes on in lower case was wrapped by an editor, unless it is a comment or has columns."""


def _unwrapped(text: str) -> str:
    def joined(gap: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, gap.start()) + 1 : gap.start()]
        drawn = line.startswith("#") or len(_columns(line)) >= _FEWEST or _commas(line) > 1
        return gap[0] if drawn or len(line) < _WIDE else " "

    return _WRAPPED.sub(joined, text)


_BORDER = r"[ \t]*\+(?:[-=]{2,}\+)+[ \t]*$"
_BORDERS = re.compile(rf"^{_BORDER}\n?", re.MULTILINE)
_TOP = re.compile(rf"(?<!\|\n)^{_BORDER}\n((?:[ \t]*\|.*\n)+?){_BORDER}", re.MULTILINE)


def _without_borders(text: str) -> str:
    """The text with tables drawn as `+---+` between `|` as those of Markdown; lines between two borders at the top are one header."""
    return _BORDERS.sub("", _TOP.sub(lambda top: "\n".join(_one_header(top[1].splitlines())), text))


def _one_header(rows: list[str]) -> list[str]:
    """The rows as one and the rule below it, or as they are if they have not as many cells."""
    cells = [_cells(row) for row in rows]
    if len({len(row) for row in cells}) != 1:
        return rows
    names = [" ".join(filter(None, column)) for column in zip(*cells, strict=True)]
    return [f"| {' | '.join(names)} |", "|" + " - |" * len(names)]


_BEGUN = re.compile(r"[ \t]*\w[\w \t.]*[({][ \t]*")
"""`allow if {`: a rule of a policy language, which goes on until its brackets are closed."""
_STATEMENT = re.compile(r"[ \t]*(?:GRANT|REVOKE|DENY|CREATE|ALTER)\s+[A-Z]{2,}")
"""In SQL, which goes on until its semicolon."""
_COMMENT = re.compile(r"(?:^|\s)(?:#|//|--)\s.*$")
_LONGEST_RULE = 800
"""Characters."""


def _with_whole_rules(text: str) -> str:
    """The text with each rule of a policy language on one line, so that one clause says who may do what."""
    lines: list[str] = []
    depth, stated = 0, True
    for line in text.split("\n"):
        going_on = (depth > 0 or not stated) and len(lines[-1]) + len(line) < _LONGEST_RULE
        if going_on:
            lines[-1] += " " + _COMMENT.sub("", line).strip()
            stated = stated or ";" in line
        else:
            lines.append(line)
            depth, stated = 0, ";" in line or not _STATEMENT.match(line)
        if going_on or _BEGUN.fullmatch(line):
            depth += sum(map(line.count, "({[")) - sum(map(line.count, ")}]"))
    return "\n".join(lines)


_RULE = re.compile(r"[|\s:\-]+")
"""Below the header of a table in Markdown, where it holds a dash."""
_GAP = re.compile(r"\t+| {2,}")
_HEADER = frozenset(
    "role roles who user users subject principal group tool tools action actions act acts activity function operation permission permissions right rights resource"
    " object verb effect allowed access task what condition may".split()
)
"""Words of which a header has at least one, mostly."""
_WORD = re.compile(r"[a-z]+")
_FEWEST = 3
"""Rows that make a table, and columns of one without bars."""


def _table(lines: list[str], at: int) -> tuple[Table | None, int]:
    """The table that begins at a line, if one does, and the line after it, or after what looked like one."""
    end = at
    while end < len(lines) and _is_row(lines[end]) and (end != at + 1 or _is_rule(lines[end])):
        end += 1
    rows: Table = []
    if end - at >= _FEWEST:
        rows = [_cells(line) for line in (lines[at], *lines[at + 2 : end])]
    elif (end := _alike(lines, at, _bars, 2)) - at >= _FEWEST:
        rows = [_cells(line) for line in lines[at:end]]
    elif (end := _alike(lines, at, _commas, 2)) - at >= _FEWEST:
        rows = _headed([cell.strip('" ') for cell in line.split(",")] for line in lines[at:end])
    elif (end := _alike(lines, at, lambda line: len(_columns(line)), _FEWEST)) - at >= _FEWEST:
        rows = _headed(_columns(line) for line in lines[at:end] if not _is_rule(line))
    return rows if _is_whole(rows) else None, max(end, at + 1)


def _may_be_a_rule(table: Table) -> bool:
    """Whether the header could be a row like those below it: nothing in it says what a column holds."""
    return _HEADER.isdisjoint(word for cell in table[0] for word in _WORD.findall(cell.lower()))


def _headed(rows: Iterable[list[str]]) -> Table:
    """The rows, if the first differs from those below it: in no column it says what one of them says, and they repeat themselves."""
    header, *body = rows
    columns = [*zip(*body, strict=True)]
    own = all(name not in cells for name, cells in zip(header, columns, strict=True))
    repeated = any(len(set(cells)) < len(cells) for cells in columns)
    return [header, *body] if own and (repeated or not _may_be_a_rule([header])) else []


def _is_whole(rows: Table) -> bool:
    """Each column has a name of its own, so that nothing in them is lost."""
    return len(rows) > 1 and len(set(rows[0])) == len(rows[0]) >= max(map(len, rows))


def _alike(lines: list[str], at: int, count: Callable[[str], int], least: int) -> int:
    """Where the lines end that have as many as the one here, `least` at least."""
    wanted, end = count(lines[at]), at
    while wanted >= least and end < len(lines) and count(lines[end]) == wanted:
        end += 1
    return end


def _bars(line: str) -> int:
    return line.count("|")


def _commas(line: str) -> int:
    """Of a row of values with nothing else between them."""
    return 0 if ", " in line else line.count(",")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _columns(line: str) -> list[str]:
    """What stands apart by several spaces."""
    return _GAP.split(line.strip())


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def _is_rule(line: str) -> bool:
    return "-" in line and _RULE.fullmatch(line.strip()) is not None
