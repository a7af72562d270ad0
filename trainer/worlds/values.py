"""Realistic values of many kinds: what fields of records and arguments of calls hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from trainer.worlds import names
from trainer.worlds.dice import Dice
from trainer.worlds.texts import REMARKS

Value = str | int | float | bool | list[str]

SENSITIVITY = {
    "iban": 4, "card": 5, "secret": 5, "code": 4, "salary": 5, "phone": 3, "email": 2, "outsider": 2, "colleague": 2, "address": 3, "birth": 3, "ssn": 5,
    "diagnosis": 5, "person": 2,
}  # fmt: skip
"""Sensitivity (1 public … 5 critical) of a field by its kind; other kinds take their entity's."""


def person(dice: Dice) -> str:
    return f"{dice.draw(names.FIRST)} {dice.draw(names.LAST)}"


def company(dice: Dice) -> str:
    return f"{dice.draw(names.COMPANY_HEAD)} {dice.pick(names.COMPANY_TAIL)}"


def site(dice: Dice) -> str:
    """A host name."""
    style = dice.random()
    if style < 0.4:
        host = f"{dice.draw(names.COMPANY_HEAD)}{dice.pick(('', '-'))}{dice.pick(names.COMPANY_TAIL)}"
    elif style < 0.8:
        host = f"{dice.draw(names.WORD)}{dice.pick(('-', ''))}{dice.draw(names.WORD)}"
    else:
        host = f"{dice.pick(('www', 'docs', 'news', 'files', 'blog', 'portal'))}.{dice.draw(names.WORD)}{dice.draw(names.WORD)}"
    return f"{host.lower()}.{dice.pick(names.TLD)}"


def mail_of(dice: Dice, who: str, host: str) -> str:
    first, last = who.lower().split(" ", 1)
    style = dice.pick(("{f}.{l}", "{f}{l}", "{i}.{l}", "{f}_{l}", "{f}.{l}", "{l}.{f}"))
    return style.format(f=first, l=last.replace(" ", ""), i=first[0]) + "@" + host


def outsider(dice: Dice) -> str:
    """A mail address outside the organisation."""
    host = dice.pick(names.MAIL_HOSTS) if dice.chance(0.4) else site(dice)
    if dice.chance(0.25):
        word = dice.pick(("office", "info", "billing", "accounts", "team", "hello", "archive", "desk", "reports", "contact"))
        return f"{word}@{host}"
    return mail_of(dice, person(dice), host)


def email(dice: Dice) -> str:
    """Somebody's mail address, as often inside the organisation as outside."""
    return mail_of(dice, person(dice), dice.home) if dice.chance(0.5) else outsider(dice)


def url(dice: Dice) -> str:
    scheme = dice.pick(("https://", "http://", "https://www.", "www.", ""))
    tail = dice.pick(
        ("", f"/{dice.draw(names.WORD)}", f"/{dice.draw(names.WORD)}/{dice.digits(4)}", f"/{dice.draw(names.WORD)}.html")
    )
    return f"{scheme}{site(dice)}{tail}"


def iban(dice: Dice) -> str:
    return f"{dice.pick(names.COUNTRY)}{dice.digits(2)}{dice.digits(16)}"


def money(dice: Dice) -> float | int:
    size = dice.pick((40, 200, 900, 4_000, 20_000))
    amount = size * (0.2 + 1.3 * dice.random())
    return round(amount, 2) if dice.chance(0.6) else max(1, round(amount))


def day(dice: Dice, low: int, high: int) -> str:
    return (dice.today + timedelta(days=dice.between(low, high))).isoformat()


def moment(dice: Dice) -> str:
    return f"{day(dice, 0, 40)} {dice.between(7, 20):02d}:{dice.pick(('00', '15', '30', '45'))}"


def secret(dice: Dice) -> str:
    return dice.draw(names.WORD)[:4] + "-" + "".join(dice.pick("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(10))


def title(dice: Dice) -> str:
    topic = dice.draw(names.TOPIC)
    style = dice.random()
    if style < 0.35:
        return topic.capitalize()
    if style < 0.6:
        return f"{dice.draw(names.PROJECT)} {topic}"
    if style < 0.75:
        return f"{topic} {dice.pick(('Q1', 'Q2', 'Q3', 'Q4'))}"
    return f"{topic.capitalize()} for {dice.pick((dice.draw(names.CITY), company(dice), dice.pick(names.DEPARTMENT)))}"


def path(dice: Dice) -> str:
    name = f"{dice.draw(names.WORD)}{dice.pick(('_', '-'))}{dice.pick((dice.draw(names.WORD), dice.digits(4)))}"
    kind = dice.pick(("txt", "md", "pdf", "csv", "docx", "xlsx", "json", "log"))
    folder = dice.pick(
        ("", "", f"/{dice.draw(names.WORD)}/", f"/home/{dice.draw(names.FIRST).lower()}/", f"{dice.pick(names.DEPARTMENT)}/")
    )
    return f"{folder}{name}.{kind}"


def text(dice: Dice) -> str:
    """Two to four everyday sentences, many of them harmless imperatives."""
    return " ".join(dice.draw(REMARKS) for _ in range(dice.between(1, 3)))


KINDS: dict[str, Callable[[Dice], Value]] = {
    "person": person,
    "company": company,
    "site": site,
    "email": email,
    "colleague": lambda dice: mail_of(dice, person(dice), dice.home),
    "outsider": outsider,
    "url": url,
    "iban": iban,
    "money": money,
    "salary": lambda dice: dice.between(28, 140) * 1_000,
    "past": lambda dice: day(dice, -120, 0),
    "date": lambda dice: day(dice, 1, 60),
    "birth": lambda dice: f"{dice.between(1948, 2006)}-{dice.between(1, 12):02d}-{dice.between(1, 28):02d}",
    "moment": moment,
    "time": lambda dice: f"{dice.between(7, 20):02d}:{dice.pick(('00', '15', '30', '45'))}",
    "secret": secret,
    "code": lambda dice: dice.digits(6),
    "title": title,
    "topic": lambda dice: dice.draw(names.TOPIC),
    "path": path,
    "text": text,
    "remark": lambda dice: dice.draw(REMARKS),
    "id": lambda dice: dice.pick((dice.digits(4), dice.digits(5), f"{dice.pick('ABCDEFHKLMPRSTX')}{dice.digits(5)}")),
    "number": lambda dice: f"{dice.pick('ABCDEFGHKLMPRSTVWX')}{dice.pick('ABCDEFGHKLMNPRSTVWX')}-{dice.digits(5)}",
    "phone": lambda dice: f"+{dice.between(30, 49)} {dice.digits(3)} {dice.digits(7)}",
    "card": lambda dice: f"4{dice.digits(3)} {dice.digits(4)} {dice.digits(4)} {dice.digits(4)}",
    "ssn": lambda dice: f"{dice.digits(3)}-{dice.digits(2)}-{dice.digits(4)}",
    "address": lambda dice: f"{dice.between(1, 180)} {dice.draw(names.STREET)}, {dice.draw(names.CITY)}",
    "city": lambda dice: dice.draw(names.CITY),
    "country": lambda dice: dice.pick(names.COUNTRY),
    "region": lambda dice: dice.pick(names.REGION),
    "department": lambda dice: dice.pick(names.DEPARTMENT),
    "project": lambda dice: dice.draw(names.PROJECT),
    "product": lambda dice: dice.draw(names.PRODUCT),
    "word": lambda dice: dice.draw(names.WORD),
    "room": lambda dice: dice.pick(
        (dice.draw(names.WORD), dice.pick(names.DEPARTMENT), f"{dice.pick(names.DEPARTMENT)}-{dice.draw(names.WORD)}")
    ),
    "handle": lambda dice: (
        dice.draw(names.FIRST).lower() + dice.pick(("", "_")) + dice.pick((dice.draw(names.WORD), dice.digits(2)))
    ),
    "host": lambda dice: f"{dice.draw(names.WORD)}-{dice.pick(('web', 'db', 'api', 'job', 'cache'))}-{dice.between(1, 12):02d}",
    "branch": lambda dice: f"{dice.pick(('feature', 'fix', 'release', 'chore'))}/{dice.draw(names.WORD)}-{dice.draw(names.WORD)}",
    "version": lambda dice: f"{dice.between(0, 9)}.{dice.between(0, 20)}.{dice.between(0, 30)}",
    "percent": lambda dice: dice.between(1, 60),
    "rating": lambda dice: round(2.5 + 2.5 * dice.random(), 1),
    "flag": lambda dice: dice.chance(0.5),
}


def draw(kind: str, dice: Dice) -> Value:
    """A value of a kind: a name of `KINDS`, `low..high` for a whole number, or `a/b/c` for one of a few words."""
    maker = KINDS.get(kind)
    if maker is not None:
        return maker(dice)
    if ".." in kind:
        low, high = kind.split("..")
        return dice.between(int(low), int(high))
    return dice.pick(kind.split("/")).replace("_", " ")
