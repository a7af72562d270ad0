"""Longer texts, as people and agents write them: lists under a heading, steps, letters, minutes, sheets of facts."""

from __future__ import annotations

from collections.abc import Callable
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
    "Hi {name},",
    "Dear {name},",
    "Hello,",
    "Hello {name}!",
    "Good morning,",
    "Hi all,",
    "Dear all,",
    "Hey {name},",
    "Dear team,",
    "To whom it may concern,",
)
REGARDS = (
    "Best regards,\n{name}",
    "Thanks,\n{name}",
    "Cheers\n{name}",
    "Kind regards",
    "Yours sincerely,\n{name}",
    "All the best,\n{name}",
    "See you,\n{name}",
    "Best,\n{name}",
    "Warm regards,\n{name}",
    "Regards",
)
DESCRIBED = (
    "{thing}: {line}", "{thing} ({line})", "{thing}\n  {line}", "{thing} - {line}", "{thing}", "{thing}", "{line}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pen:
    """What a text is made of: sentences, and facts with what they are facts of."""

    dice: Dice
    sentence: Callable[[Dice], str]
    fact: Callable[[Dice], tuple[str, str]]

    def sheet(self) -> str:
        """Some lines or paragraphs of any kind, 100 to 900 characters."""
        return self.dice.pick((self.points, self.points, self.sections, self.letter, self.facts, self.paragraphs))()

    def paragraphs(self) -> str:
        dice = self.dice
        return "\n\n".join(" ".join(self.sentence(dice) for _ in range(dice.between(1, 4))) for _ in range(dice.between(2, 3)))

    def points(self, *, least: int = 2) -> str:
        """A list, under a heading or not."""
        dice, mark = self.dice, self.dice.pick(MARKS)
        lines = [mark.format(i=i) + self._point() for i in range(1, dice.between(least, 7) + 1)]
        return "\n".join([*([self._title(dice.draw(HEADINGS))] if dice.chance(0.6) else []), *lines])

    def sections(self) -> str:
        dice = self.dice
        parts = (self.sentence(dice) if dice.chance(0.5) else self._lines() for _ in range(dice.between(1, 3)))
        return "\n\n".join(
            [self._title(dice.draw(names.TOPIC).capitalize()), *(f"{self._title(dice.draw(HEADINGS))}\n{p}" for p in parts)]
        )

    def letter(self) -> str:
        dice, name = self.dice, self.dice.draw(names.FIRST)
        body = "\n\n".join(" ".join(self.sentence(dice) for _ in range(dice.between(1, 2))) for _ in range(dice.between(1, 3)))
        return f"{dice.draw(GREETINGS).format(name=name)}\n\n{body}\n\n{dice.draw(REGARDS).format(name=dice.draw(names.FIRST))}"

    def facts(self) -> str:
        dice, join = self.dice, self.dice.pick((": ", ": ", " = ", " - ", " | "))
        return "\n".join(join.join(self.fact(dice)) for _ in range(dice.between(2, 7)))

    def _lines(self) -> str:
        mark = self.dice.pick(MARKS)
        return "\n".join(mark.format(i=i) + self._point() for i in range(1, self.dice.between(2, 4) + 1))

    def _point(self) -> str:
        dice = self.dice
        thing = dice.draw(dice.pick((names.TOPIC, names.PRODUCT, names.PROJECT))).capitalize()
        line = ": ".join(self.fact(dice)) if dice.chance(0.3) else self.sentence(dice)
        return dice.pick(DESCRIBED).format(thing=thing, line=line)

    def _title(self, words: str) -> str:
        return self.dice.pick(TITLES).format(x=words)
