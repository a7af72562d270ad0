"""Longer texts, as people and agents write them: lists under a heading, steps, letters, minutes, sheets of facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from trainer.generator.worlds import names
from trainer.generator.worlds.dice import Dice

HEADINGS = (
    "Summary", "Key points", "Notes", "Agenda", "What to bring", "Overview", "What we need", "Ideas", "Next steps", "Background", "Highlights", "Checklist", "The plan", "Details",
    "Suggestions", "Findings", "Good to know", "Programme", "Open points", "Contents", "Preparation", "Objectives", "Results", "Options", "Things to remember", "Tips", "Materials",
    "Schedule", "Outlook", "In detail",
)  # fmt: skip
MARKS = ("- ", "- ", "* ", "• ", "{i}. ", "{i}) ", "Step {i}: ", "  - ", "")
TITLES = ("# {x}", "## {x}", "**{x}**", "{x}", "{x}:", "{x}\n----", "=== {x} ===")
GREETINGS = (
    "Hi {name},", "Dear {name},", "Hello,", "Hello {name}!", "Good morning,", "Hi all,", "Dear all,", "Hey {name},", "Dear team,", "To whom it may concern,",
)  # fmt: skip
REGARDS = (
    "Best regards,\n{name}", "Thanks,\n{name}", "Cheers\n{name}", "Kind regards", "Yours sincerely,\n{name}", "All the best,\n{name}", "See you,\n{name}", "Best,\n{name}", "Warm regards,\n{name}", "Regards",
)  # fmt: skip
DESCRIBED = (
    "{thing}: {line}", "{thing} ({line})", "{thing}\n  {line}", "{thing} - {line}", "{thing}", "{thing}", "{line}",
)  # fmt: skip

STATEMENTS = (
    "the {name} is {value}", "{name}: {value}", "my {name} is {value}", "our {name}: {value}", "{value} is the {name}", "for the {name}, take {value}", "{name} = {value}", "as the {name} we have {value}",
    "the {name} will be {value}", "the {name}? {value}", "note {value} as the {name}", "the {name} on record: {value}", "what counts as the {name} is {value}", "the {name} has always been {value}",
    "{value} ({name})", "{name} - {value}", "the {name} stays {value}", "{value} for the {name}", "{name}, as agreed: {value}", "the {name} reads {value}", "you asked for the {name}: it is {value}",
    "{name} {value}", "by {name} we mean {value}",
)  # fmt: skip
"""How a text says what something is; an injected text may say it alike."""


def marked(lines: Iterable[str], mark: str) -> str:
    """A list: each line behind its mark, which may hold its number."""
    return "\n".join(mark.format(i=i) + line for i, line in enumerate(lines, 1))


@dataclass(frozen=True, slots=True)
class Pen:
    """What a text is made of: sentences, and facts with what they are facts of."""

    dice: Dice
    sentence: Callable[[Dice], str]
    fact: Callable[[Dice], tuple[str, str]]

    def sheet(self) -> str:
        """Some lines or paragraphs of any kind, 100 to 900 characters."""
        return self.dice.pick((self.points, self.points, self.sections, self.letter, self._facts, self.paragraphs))()

    def paragraphs(self) -> str:
        return self._paragraphs(self.dice.between(2, 3), 4)

    def points(self) -> str:
        """A list, under a heading or not."""
        lines = self._lines(7)
        return f"{self._title(self.dice.draw(HEADINGS))}\n{lines}" if self.dice.chance(0.6) else lines

    def sections(self) -> str:
        dice = self.dice
        parts = (self.sentence(dice) if dice.chance(0.5) else self._lines(4) for _ in range(dice.between(1, 3)))
        return "\n\n".join(
            [self._title(dice.draw(names.TOPIC).capitalize()), *(f"{self._title(dice.draw(HEADINGS))}\n{p}" for p in parts)]
        )

    def letter(self) -> str:
        dice, name = self.dice, self.dice.draw(names.FIRST)
        body = self._paragraphs(dice.between(1, 3), 2)
        return f"{dice.draw(GREETINGS).format(name=name)}\n\n{body}\n\n{dice.draw(REGARDS).format(name=dice.draw(names.FIRST))}"

    def noted(self, facts: Sequence[tuple[str, str]]) -> str:
        """What things are, by name and value: in sentences, or among other lines under a heading."""
        dice = self.dice
        if dice.chance(0.6):
            return " ".join(self._statement(name, value) + dice.pick((".", ".", "")) for name, value in facts)
        others = [self.fact(dice) for _ in range(dice.between(0, 3))]
        lines = self._rows([(name.capitalize(), value) for name, value in dice.shuffled([*facts, *others])])
        return f"{self._title(dice.draw(HEADINGS))}\n{lines}" if dice.chance(0.5) else lines

    def listing(self) -> list[str]:
        """The lines of a list."""
        return [self._point() for _ in range(self.dice.between(2, 8))]

    def _statement(self, name: str, value: str) -> str:
        form = self.dice.draw(STATEMENTS)
        said = form.format(name=name, value=value)
        return said if form.startswith("{value}") else said[:1].upper() + said[1:]

    def _facts(self) -> str:
        return self._rows([self.fact(self.dice) for _ in range(self.dice.between(2, 7))])

    def _rows(self, facts: Sequence[tuple[str, str]]) -> str:
        join = self.dice.pick((": ", ": ", " = ", " - ", " | "))
        return "\n".join(map(join.join, facts))

    def _paragraphs(self, count: int, most: int) -> str:
        """So many, of `most` sentences at most."""
        dice = self.dice
        return "\n\n".join(" ".join(self.sentence(dice) for _ in range(dice.between(1, most))) for _ in range(count))

    def _lines(self, most: int) -> str:
        mark = self.dice.pick(MARKS)
        return marked((self._point() for _ in range(self.dice.between(2, most))), mark)

    def _point(self) -> str:
        dice = self.dice
        thing = dice.draw(dice.pick((names.TOPIC, names.PRODUCT, names.PROJECT))).capitalize()
        line = ": ".join(self.fact(dice)) if dice.chance(0.3) else self.sentence(dice)
        return dice.pick(DESCRIBED).format(thing=thing, line=line)

    def _title(self, words: str) -> str:
        return self.dice.pick(TITLES).format(x=words)
