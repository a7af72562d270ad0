"""Days as people say them: in figures, in words, or counted from today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from trainer.generator.worlds.dice import Dice

_STAMP = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?")
IN_FIGURES = 0.5
"""How often a day is said as it is written in the call."""
WEEK = 7


def spoken(value: str, dice: Dice) -> str:
    """A day (YYYY-MM-DD), perhaps with a time (HH:MM), as somebody might say it today."""
    if dice.chance(IN_FIGURES):
        return value
    day, hour = _parts(value)
    said = dice.pick([*_absolute(day), *_absolute(day), *_relative(day, dice.today)])
    if hour is None:
        return said
    time = dice.pick(list(_times(hour)))
    return dice.pick((f"{said} at {time}", f"{said}, {time}", f"{time} on {said}" if said[:1].isupper() else f"{said} at {time}"))


def ways(value: str, today: date) -> tuple[str, ...]:
    """All that a value may be said as: itself, and a day's other forms, with the time apart."""
    if not _STAMP.fullmatch(value):
        return (value,)
    day, _ = _parts(value)
    return value, *_absolute(day), *_relative(day, today)


def _parts(value: str) -> tuple[date, datetime | None]:
    return date.fromisoformat(value[:10]), datetime.fromisoformat(value) if len(value) > len("YYYY-MM-DD") else None


def _absolute(day: date) -> Iterator[str]:
    month, number = f"{day:%B}", day.day
    yield from (f"{month} {number}{_ordinal(number)}", f"{month} {number}", f"{number} {month}", f"{day:%b} {number}")
    yield from (
        f"{month} {number}, {day.year}",
        f"{number} {month} {day.year}",
        f"{month} {number}{_ordinal(number)}, {day.year}",
    )
    yield from (f"the {number}{_ordinal(number)} of {month}", f"{number}.{day.month}.{day.year}", f"{day:%d/%m/%Y}")


def _relative(day: date, today: date) -> Iterator[str]:
    ahead = (day - today).days
    yield from {-1: ("yesterday",), 0: ("today",), 1: ("tomorrow",), 2: ("the day after tomorrow",)}.get(ahead, ())
    if 0 < ahead < WEEK:
        yield from (f"this {day:%A}", f"{day:%A}")
    if 0 < ahead - (6 - today.weekday()) <= WEEK:
        yield f"{day:%A} next week"
    if ahead > 2:
        yield f"in {ahead // WEEK} weeks" if ahead % WEEK == 0 and ahead > WEEK else f"in {ahead} days"


def _times(at: datetime) -> Iterator[str]:
    hour = at.hour % 12 or 12
    half = "am" if at.hour < 12 else "pm"
    yield f"{at:%H:%M}"
    yield f"{hour}{half}" if not at.minute else f"{hour}:{at:%M} {half}"


def _ordinal(number: int) -> str:
    return "th" if number // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
