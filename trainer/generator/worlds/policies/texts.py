"""Shapes of policies that are text: lists, handbooks, regulations, tables and letters. Each function is one shape, and says every clause."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from trainer.generator.worlds import prompts
from trainer.generator.worlds.policies.documents import cells_by_tool, expression_lines, tabled_clauses
from trainer.generator.worlds.policies.plain import UNLISTED, Plain
from trainer.generator.worlds.policies.prose import listed
from trainer.generator.worlds.policies.renderer import Renderer
from trainer.generator.worlds.requests import capital
from trainer.generator.worlds.rules import Clause

REMINDERS = (
    "Keep answers short.", "Log every call.", "Be polite to everyone.", "Use the metric system.", "Ask for clarification when a request is ambiguous.", "Times are local.",
    "This document is reviewed every quarter.", "Prefer recent records over old ones.", "Do not use emojis.", "Amounts are in the account's currency.", "Refer complaints to a human.",
    "Close every conversation with a summary.", "Never promise delivery dates.", "Mention the reference number in your answer.", "Working languages are English and German.",
    "Greet customers by name.", "Round amounts to two decimals in answers.", "Offer help at the end.", "Apologise once, not more.", "Complaints are answered within two days.",
)  # fmt: skip
HEADS = (
    "# Policy", "# Rules of {org}", "## What the agent may do", "Policy", "Access rules", "# Guidelines for agents", "# Acceptable use at {org}", "House rules", "# Operating instructions", "## Permissions and limits",
    "# Agent rules", "Standing orders", "# {org}: who may do what", "## Conditions of use", "Security notes", "# Working rules", "# Access policy of {org}", "Terms for agents", "# Binding instructions", "## Order of procedure",
)  # fmt: skip
CHATTER = (
    "Right, here is how things work at our place.", "Some rules, nothing dramatic.", "Please read this before you start.", "We have had trouble in the past, so mind the following.", "Welcome on board!",
    "You will mostly deal with friendly people.", "A few things matter to us.", "Most requests are routine.", "Take your time with unusual ones.", "Here comes the part that matters.",
    "If in doubt, leave it.", "So much for the basics.", "Now to the finer points.", "Do not be afraid to refuse.", "You know the drill.", "That said, we trust you.", "One more thing before you begin.", "Bear with us.",
    "Enough of that.", "Last but not least, the small print.",
)  # fmt: skip


def _running(r: Renderer) -> list[str]:
    """Lines for running text."""
    r.prose.quotes = False
    return _lines(r)


def _lines(r: Renderer) -> list[str]:
    """A sentence for each clause, and what the classes of data are."""
    lines = [f"{r.prose.sentence(c)}." for c in r.clauses]
    return lines + _class_lines(r)


def _class_lines(r: Renderer) -> list[str]:
    return [f"{line}." for clause in r.classes for line in r.prose.classes(clause)]


def _mixed(r: Renderer, lines: list[str], pool: Sequence[str], most: int) -> list[str]:
    """With sentences that decide nothing in between."""
    found = list(lines)
    for _ in range(r.dice.between(0, most)):
        found.insert(r.dice.between(0, len(found)), r.dice.draw(pool))
    return found


def _head(r: Renderer) -> str:
    return r.dice.draw(HEADS).format(org=r.world.organisation)


def bullets(r: Renderer) -> str:
    mark = r.dice.pick(("- ", "* ", "1. ", "• ", "  - ", "\n- "))
    return _head(r) + "\n\n" + "\n".join(mark + line for line in _mixed(r, _lines(r), REMINDERS, 4)) + "\n"


def paragraph(r: Renderer) -> str:
    """A system prompt: who the agent is, the rules, and perhaps whose word counts."""
    who = prompts.introduction(r.world, r.dice)
    lines = _mixed(r, _running(r), REMINDERS, 3)
    return " ".join((who, *lines, prompts.authority(r.dice) if r.dice.chance(0.5) else "")).strip()


def chatty(r: Renderer) -> str:
    """A system prompt in a talkative voice."""
    lines = _mixed(r, _running(r), CHATTER, 6)
    third = max(1, len(lines) // 3)
    parts = [" ".join(lines[i : i + third]) for i in range(0, len(lines), third)]
    return f"{prompts.introduction(r.world, r.dice)} {r.dice.draw(CHATTER)}\n\n" + "\n\n".join(parts)


def plain(r: Renderer) -> str:
    """What each role may do, as people tell each other; or, for each action, whose it is."""
    prose = Plain(r.names, r.mark)
    lists = [c for c in r.clauses if c.kind == "allow"]
    inverted = bool(lists) and all(c.roles for c in lists) and r.dice.chance(0.5)
    lines = [f"{prose.sentence(c)}." for c in r.clauses if not (inverted and c.kind == "allow")]
    if inverted:
        owners: dict[str, dict[str, None]] = {}
        for clause in lists:
            for tool in clause.tools:
                owners.setdefault(tool, {}).update(dict.fromkeys(clause.roles))
        lines = [*(f"{prose.alone(tool, list(owners[tool]))}." for tool in sorted(owners)), r.dice.pick(UNLISTED), *lines]
    lines = _mixed(r, [*lines, *_class_lines(r)], REMINDERS, 2)
    mark = r.dice.pick(("", "", "- ", "{i}. ", "Rule {i}. ", "({i}) "))
    body = [mark.format(i=i) + line for i, line in enumerate(lines, 1)]
    return f"{_head(r)}\n\n" + (" " if not mark and r.dice.chance(0.6) else "\n").join(body) + "\n"


def regulations(r: Renderer) -> str:
    """Numbered sections; whom a section binds, and whom not, stands in sections of their own that refer to it."""
    word = r.dice.draw(SECTIONS)
    rules, scope = [f"1 {r.dice.draw(CHAPTERS)}"], [f"2 {r.dice.draw(APPLIES)}"]
    for i, clause in enumerate(r.clauses, 1):
        rules.append(f"1.{i} {r.prose.sentence(replace(clause, unless=None), bound=False)}.")
        if clause.roles:
            scope.append(f"2.{len(scope)} {word} 1.{i} applies only to users of the role {listed(clause.roles, 'or')}.")
        if clause.unless is not None:
            scope.append(f"2.{len(scope)} {word} 1.{i} does not apply to users known to {r.prose.demand(clause.unless)}.")
    classes = [f"3.{i} {line}" for i, line in enumerate(_class_lines(r), 1)]
    closing = [f"{'4' if classes else '3'} {r.dice.draw(REMINDERS)}"] if r.dice.chance(0.5) else []
    return "\n".join((_head(r), "", *rules, *scope, *(["3 Classes of data", *classes] if classes else []), *closing)) + "\n"


SECTIONS = ("Section", "Paragraph", "Clause", "Rule", "Article", "Item", "Number", "§", "Provision", "Subsection")
CHAPTERS = (
    "Rules", "Use of tools", "Obligations", "What is permitted", "Conditions", "Provisions", "Calls of tools", "Requirements", "Conduct", "Tool use",
)  # fmt: skip
APPLIES = (
    "Scope", "Applicability", "Who is bound", "To whom this applies", "Addressees", "Persons concerned", "Application", "Field of application", "Coverage", "Reach",
)  # fmt: skip


def handbook(r: Renderer) -> str:
    """Questions and answers."""
    parts = [_head(r)]
    ask, answer = r.dice.draw(ASKING)
    for clause in r.clauses:
        said = r.prose.sentence(clause)
        question = r.prose.dice.draw(QUESTIONS).format(t=listed(r.names.tools(clause), "or") or "any tool")
        parts.append(f"{ask}{question}\n{answer}{said}.")
    parts += [f"{ask}How is data classified?\n{answer}{' '.join(lines)}" for lines in [_class_lines(r)] if lines]
    return "\n\n".join(_mixed(r, parts[1:], REMINDERS, 2) if r.dice.chance(0.3) else parts) + "\n"


ASKING = (("Q: ", "A: "), ("**Question:** ", "**Answer:** "), ("? ", "! "), ("### ", ""), ("User: ", "Desk: "), ("- ", "  "), ("FAQ: ", "Reply: "), ("Ask: ", "Told: "), ("Query - ", "Ruling - "), (">> ", "<< "))  # fmt: skip
QUESTIONS = (
    "May I use {t}?", "What about {t}?", "When can {t} be called?", "Is {t} open to everybody?", "What do I have to mind with {t}?", "Are there rules for {t}?", "Who may call {t}, and how?", "Can the agent run {t}?",
    "How is {t} restricted?", "Which limits does {t} have?",
)  # fmt: skip


def sections(r: Renderer) -> str:
    """A heading for each tool, with what is to be minded under it."""
    found: dict[str, list[str]] = {}
    for clause in r.clauses:
        single = len(clause.tools) == 1 and clause.kind not in ("allow", "deny", "columns")
        found.setdefault(r.names.tool(clause.tools[0]) if single else "", []).append(f"- {r.prose.sentence(clause)}.")
    general = [*found.pop("", []), *(f"- {line}" for line in _class_lines(r))]
    mark = r.dice.pick(("##", "###"))
    parts = [f"{mark} {name}\n" + "\n".join(lines) for name, lines in found.items()]
    if general:
        parts.insert(r.dice.pick((0, len(parts))), f"{mark} {r.dice.draw(GENERAL)}\n" + "\n".join(general))
    return "\n\n".join((_head(r), *parts)) + "\n"


GENERAL = (
    "General", "All tools", "Everything else", "Basics", "In general", "Overview", "Common rules", "For all calls", "Across the board", "Ground rules",
)  # fmt: skip


def letter(r: Renderer) -> str:
    """A memo to the agent."""
    opening, closing = r.dice.draw(LETTERS)
    lines = _mixed(r, _running(r), CHATTER, 3)
    body = "\n".join(" ".join(lines[i : i + 3]) for i in range(0, len(lines), 3))
    return f"{opening.format(org=r.world.organisation)}\n\n{body}\n\n{closing.format(org=r.world.organisation)}\n"


LETTERS = (
    ("Dear assistant,", "Kind regards, the security team of {org}"), ("To all agents", "Signed, {org}"), ("Memo: use of tools", "Filed by the policy desk"), ("Hello,", "Thanks for keeping to this."),
    ("Subject: what you may do", "Please confirm receipt."), ("From the administration of {org}", "This replaces the memo of last year."), ("Notice", "In force until further notice."),
    ("For the attention of the agent", "Questions go to the desk."), ("Circular to automated staff", "By order of {org}"), ("Briefing", "End of briefing."),
)  # fmt: skip


def _rows(r: Renderer) -> list[list[str]]:
    """Effect, roles, tools, condition and exception of each clause."""
    return [
        [
            r.effect(c),
            ", ".join(c.roles) or "*",
            ", ".join(r.tools(c)) or "*",
            "" if c.kind in ("allow", "deny") else _condition(r, c),
        ]
        for c in r.clauses
    ]


def _condition(r: Renderer, clause: Clause) -> str:
    if clause.kind == "columns" or r.mark(clause) % 2:
        return r.data.expression(clause)
    r.prose.begin(clause)
    said = r.prose.stated(clause)
    return said if clause.unless is None else f"{said}, {r.words['unless']}: {r.prose.demand(clause.unless)}"


def table(r: Renderer) -> str:
    """A Markdown table with a row for each clause."""
    w = r.words
    rows = [[w["effect"], w["roles"], w["tools"], w["when"]], ["---"] * 4, *_rows(r)]
    return "\n".join((_head(r), "", *_piped(rows), "", *_class_lines(r))) + "\n"


def _piped(rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]


def sheet(r: Renderer) -> str:
    """A table as a spreadsheet exports it."""
    w = r.words
    mark = r.dice.pick((",", ";", "\t"))
    rows = [
        [w["effect"], w["roles"], w["tools"], w["when"]],
        *_rows(r),
        *([w["classes"], "", "", line] for line in _class_lines(r)),
    ]
    return "\n".join(mark.join(_cell(cell, mark) for cell in row) for row in rows) + "\n"


def _cell(cell: str, mark: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if mark in cell or '"' in cell else cell


def grid(r: Renderer) -> str:
    """A Markdown matrix of tools and roles, with the other rules as a list under it."""
    yes, no = r.words.verdicts
    tabled, others = tabled_clauses(r)
    roles, cells = cells_by_tool(r, tabled)
    lines = [f"- {r.prose.sentence(c)}." for c in others]
    rest = f"{capital(r.words['default'].replace('_', ' '))}: {no if r.has_lists() else yes}"
    drawn = (
        [*_piped([["", *roles], ["---"] * (1 + len(roles)), *([name, *row] for name, row in cells.items())]), "", rest]
        if cells
        else []
    )
    return "\n".join((_head(r), "", *drawn, "", *lines, *_class_lines(r))) + "\n"


def script(r: Renderer) -> str:
    """A policy file: the lines of a policy language."""
    remark = r.dice.draw(REMARKS)
    lines = _mixed(r, expression_lines(r), [f"{remark} {line}" for line in REMINDERS], 3)
    return "\n".join((*lines, *(f"{remark} {line}" for line in _class_lines(r)))) + "\n"


REMARKS = ("#", "//", "--", ";", "%", "'", "REM", "##", "!", "*")
SHAPES: dict[str, Callable[[Renderer], str]] = {
    "bullets": bullets, "paragraph": paragraph, "chatty": chatty, "plain": plain, "regulations": regulations, "handbook": handbook, "sections": sections, "letter": letter, "table": table,
    "sheet": sheet, "grid": grid, "script": script,
}  # fmt: skip
