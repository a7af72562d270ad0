"""What an agent writes by itself: what a text says in fewer words, values of several records in a list, a value with words around it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trainer.generator.worlds import values
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.writing import MARKS, marked

_SENTENCES = re.compile(r"(?<=[.!?:])\s+|\n+")
_MARK = re.compile(r"^(?:[^\w<'\"]+|\d{1,2}[.)]|Step \d+:)*\s*")
_WORDS = re.compile(r"[^\W\d_]{5,}")
LEADS = (
    "In short: ", "Summary: ", "The main points: ", "", "What it says: ", "Summary:\n", "Key points:\n", "Here is a summary of it:\n\n", "In brief, ", "To sum up: ", "The gist: ", "Overview\n\n",
    "# Summary\n", "Please find the summary below.\n\n", "",
)  # fmt: skip
ABOUT = (
    "It deals with {a}, {b} and {c}.", "It is mostly about {a} and {b}, with a remark on {c}.", "The text covers {a}; it also mentions {b} and {c}.", "{a}, {b} and {c} are its subjects.",
    "The author writes about {a} and {b}. Then it turns to {c}.", "One learns about {a}, about {b}, and what {c} has to do with it.", "In it {a} comes up first, then {b}, then {c}.",
    "The essence is {a} and {b}; {c} plays a smaller part.", "What matters: {a}. Less so: {b}, {c}.", "It reports on {a}, and in passing on {b} and {c}.",
)  # fmt: skip
FRAMES = (
    "{x}", "{x}", "Here you go: {x}", "As requested: {x}", "Hello, {x}. Best regards", "The answer is {x}.", "{x} (from our records)", "FYI: {x}", "Hi,\n\nhere is what you asked for: {x}\n\nBest regards",
    "{x}\n\n{own}", "{own} {x}", "Hi there,\n\n{own}\n\n{x}\n\nKind regards",
)  # fmt: skip
WRITTEN = ("{x}", "{x}", "{x}", "{own}\n\n{x}", "{x}\n\n{own}", "Hello,\n\n{x}\n\nBest regards", "Hi,\n{x}\nCheers")


def digest(text: str, dice: Dice) -> str:
    """What an agent makes of a text: most of its words, some of its sentences as a list, or what it is about in words of its own."""
    sentences = [bare for s in _SENTENCES.split(text) if " " in (bare := _MARK.sub("", s))] or [text]
    return dice.draw(LEADS) + dice.pick((_thinned, _points, _points, _about))(sentences, dice)


def _thinned(sentences: Sequence[str], dice: Dice) -> str:
    words = " ".join(sentences).split()
    kept = [word for word in words if dice.chance(0.75)]
    return " ".join(kept if 2 * len(kept) > len(words) else words)


def _points(sentences: Sequence[str], dice: Dice) -> str:
    """Some sentences, each without some of its words, in their order."""
    kept = [s for s in sentences if dice.chance(0.7)] or list(sentences)
    mark = dice.pick(MARKS) if len(kept) > 1 else ""
    return marked((_thinned([s], dice) for s in kept), mark)


def _about(sentences: Sequence[str], dice: Dice) -> str:
    words = list(dict.fromkeys(word.lower() for s in sentences for word in _WORDS.findall(s))) or ["little"]
    a, b, c = (dice.sample(words, 3) * 3)[:3]
    said = dice.draw(ABOUT).format(a=a, b=b, c=c)
    said = said[:1].upper() + said[1:]
    return f"{said} {values.remark(dice)}" if dice.chance(0.5) else said


def listed(rows: Sequence[tuple[str, object]], dice: Dice) -> str:
    """A value of each of several records, one a line."""
    mark, join = dice.pick(MARKS), dice.pick((": ", ": ", " - ", " | ", ", "))
    return marked((f"{name}{join}{value}" for name, value in rows), mark)


def told(carried: Sequence[object], dice: Dice) -> str:
    """What a call takes along, with words around it."""
    said = ", ".join(map(str, carried))
    frame = dice.pick(WRITTEN if "\n" in said else FRAMES)
    return frame.format(x=said, own=values.remark(dice))
