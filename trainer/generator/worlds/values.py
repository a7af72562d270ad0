"""Realistic values of many kinds: what fields of records and arguments of calls hold."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache

from trainer.generator.worlds import names
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.texts import EVERYDAY, REMARKS
from trainer.generator.worlds.writing import Pen

Value = str | int | float | bool | list[str]

SENSITIVITY = {
    "iban": 4, "card": 5, "secret": 5, "code": 4, "salary": 5, "phone": 3, "email": 2, "outsider": 2, "colleague": 2, "address": 3, "birth": 3, "ssn": 5,
    "diagnosis": 5, "person": 2, "token": 5, "api_key": 5, "wallet": 4, "plate": 3, "coordinates": 3, "ip": 2, "bic": 2, "passport": 5, "sql": 2,
}  # fmt: skip
"""Sensitivity (1 public … 5 critical) of a field by its kind; other kinds take their entity's."""


LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


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
    host = dice.draw(names.MAIL_HOSTS) if dice.chance(0.4) else site(dice)
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


IBAN_DIGITS = (
    ("DE", 20),
    ("FR", 25),
    ("NL", 16),
    ("SE", 22),
    ("PL", 26),
    ("ES", 22),
    ("IT", 25),
    ("AT", 18),
    ("DK", 16),
    ("CZ", 22),
    ("CH", 19),
    ("BE", 14),
)


def iban(dice: Dice) -> str:
    country, digits = dice.pick(IBAN_DIGITS)
    return country + dice.digits(digits)


def money(dice: Dice) -> float | int:
    size = dice.pick((40, 200, 900, 4_000, 20_000))
    amount = size * (0.2 + 1.3 * dice.random())
    return round(amount, 2) if dice.chance(0.6) else max(1, round(amount))


CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "PLN", "JPY", "CAD", "BRL", "INR")


def price(dice: Dice) -> str:
    """An amount of money in some currency, written out: for fields that no rule counts."""
    amount, currency = money(dice), dice.pick(CURRENCIES)
    return dice.pick((f"{amount:,.2f} {currency}", f"{currency} {amount:,.2f}", f"{amount} {currency}"))


def day(dice: Dice, low: int, high: int) -> str:
    return (dice.today + timedelta(days=dice.between(low, high))).isoformat()


def moment(dice: Dice) -> str:
    return f"{day(dice, 0, 40)} {dice.between(7, 20):02d}:{dice.pick(('00', '15', '30', '45'))}"


def stamp(dice: Dice) -> str:
    zone = dice.pick(("Z", "+00:00", "+02:00", "-05:00"))
    return f"{day(dice, -120, 0)}T{dice.between(0, 23):02d}:{dice.between(0, 59):02d}:{dice.between(0, 59):02d}{zone}"


PHONES = (("+49 1{} {}", 2, 8), ("+1 ({}) 555-{}", 3, 4), ("+33 6 {} {}", 2, 6), ("+44 7{} {}", 3, 6), ("+39 3{} {}", 2, 7), ("+48 {} {}", 3, 6), ("+91 9{} {}", 4, 5), ("0043 6{} {}", 2, 7))  # fmt: skip


def phone(dice: Dice) -> str:
    form, first, last = dice.pick(PHONES)
    return form.format(dice.digits(first), dice.digits(last))


PLATES = ("{a}-{b} {n}", "{a} {n} {b}", "{b}{n}{a}", "{a}{b}-{n}")


def plate(dice: Dice) -> str:
    pair = dice.pick(LETTERS) + dice.pick(LETTERS)
    return dice.pick(PLATES).format(a=dice.pick(LETTERS) + pair[0], b=pair, n=dice.digits(dice.between(2, 4)))


def hexadecimal(dice: Dice, count: int) -> str:
    """Hexadecimal digits, from one draw."""
    return f"{dice.rng.getrandbits(4 * count):0{count}x}"


def uuid(dice: Dice) -> str:
    x = hexadecimal(dice, 32)
    return f"{x[:8]}-{x[8:12]}-4{x[13:16]}-a{x[17:20]}-{x[20:]}"


def ip(dice: Dice) -> str:
    x = dice.rng.getrandbits(24)
    return f"{dice.pick((10, 172, 192, 198, 203, 85, 46))}.{x >> 16}.{x >> 8 & 255}.{x & 255}"


def cidr(dice: Dice) -> str:
    return f"{ip(dice).rsplit('.', 1)[0]}.0/{dice.pick((16, 20, 22, 24, 24, 28))}"


def fqdn(dice: Dice) -> str:
    """A host of the organisation's own network, or of somebody else's."""
    name = dice.draw(names.WORD) + dice.pick(("", "-01", "-02", "-db", "-api", "-eu"))
    return f"{name}.{dice.home if dice.chance(0.5) else site(dice)}"


def store(dice: Dice) -> str:
    """A place in an object store."""
    scheme = dice.pick(("s3://", "s3://", "gs://", "az://"))
    return f"{scheme}{dice.draw(names.WORD)}-{dice.draw(names.WORD)}/{dice.draw(names.WORD)}/{dice.pick(('', day(dice, -90, 0) + '/'))}"


def windows_path(dice: Dice) -> str:
    root = dice.pick(
        ("C:\\Users\\" + dice.draw(names.FIRST), "D:\\Data", f"\\\\{dice.draw(names.WORD)}\\{dice.pick(names.DEPARTMENT)}")
    )
    return f"{root}\\{dice.draw(names.WORD)}_{dice.digits(3)}.{dice.pick(('docx', 'xlsx', 'pptx', 'pst', 'bak', 'csv'))}"


def cron(dice: Dice) -> str:
    return dice.pick(
        (
            f"{dice.between(0, 59)} {dice.between(0, 23)} * * *",
            f"*/{dice.pick((5, 10, 15, 30))} * * * *",
            f"{dice.between(0, 59)} {dice.between(0, 23)} * * {dice.between(1, 6)}",
            f"0 {dice.between(0, 23)} {dice.between(1, 28)} * *",
        )
    )


def sql(dice: Dice) -> str:
    table, column = dice.draw(names.WORD), dice.draw(names.WORD)
    return dice.pick(
        (
            f"SELECT count(*) FROM {table} WHERE {column} > {dice.between(1, 900)}",
            f"SELECT {column}, sum(total) FROM {table} GROUP BY {column} ORDER BY 2 DESC LIMIT {dice.between(3, 50)}",
            f"UPDATE {table} SET {column} = '{dice.draw(names.WORD)}' WHERE id = {dice.digits(4)}",
            f"DELETE FROM {table} WHERE created < '{day(dice, -900, -200)}'",
            f"SELECT * FROM {table} t JOIN {dice.draw(names.WORD)} u ON u.{column} = t.{column} WHERE t.day = '{day(dice, -60, 0)}'",
        )
    )


def command(dice: Dice) -> str:
    """A line for a shell."""
    word = dice.draw(names.WORD)
    return dice.pick(
        (
            f"systemctl restart {word}",
            f"tail -n {dice.between(20, 500)} /var/log/{word}.log",
            f"du -sh /srv/{word}",
            f"grep -rn '{dice.draw(names.WORD)}' /etc/{word}",
            f"tar czf /tmp/{word}.tgz /opt/{word}",
            f"journalctl -u {word} --since '{dice.between(1, 12)} hours ago'",
            f"curl -s http://localhost:{dice.between(3000, 9000)}/{word}",
            f"rm -rf /var/cache/{word}",
            f"find /data/{word} -mtime +{dice.between(3, 90)}",
        )
    )


def wallet(dice: Dice) -> str:
    return dice.pick((f"0x{hexadecimal(dice, 40)}", f"bc1q{hexadecimal(dice, 34)}"))


def card(dice: Dice) -> str:
    """A payment card of one of three brands."""
    if dice.chance(0.2):
        return f"37{dice.digits(2)} {dice.digits(6)} {dice.digits(5)}"
    return f"{dice.pick((4, 4, 5))}{dice.digits(3)} {dice.digits(4)} {dice.digits(4)} {dice.digits(4)}"


def api_key(dice: Dice) -> str:
    return f"{dice.pick(('sk_live_', 'key-', 'AKIA', 'ghx_', 'pat_', 'xoxb-'))}{hexadecimal(dice, 28)}"


def secret(dice: Dice) -> str:
    return dice.draw(names.WORD)[:4] + "-" + "".join(dice.pick(ALPHABET) for _ in range(10))


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


def remark(dice: Dice) -> str:
    """An everyday sentence, from the ones written by hand as often as from the grammar."""
    return dice.draw(EVERYDAY if dice.random() < 0.5 else REMARKS)


def text(dice: Dice) -> str:
    """One to three everyday sentences, many of them harmless imperatives; now and then a sheet."""
    return sheet(dice) if dice.chance(0.12) else " ".join([remark(dice) for _ in range(dice.pick((1, 1, 2, 2, 3)))])


def long(dice: Dice) -> str:
    """Paragraphs, or a sheet of any other kind, as in letters, minutes and reports."""
    return sheet(dice) if dice.chance(0.5) else Pen(dice, remark, fact).paragraphs()


def sheet(dice: Dice) -> str:
    return Pen(dice, remark, fact).sheet()


def points(dice: Dice) -> list[str]:
    """The lines of a list."""
    return Pen(dice, remark, fact).listing()


def noted(facts: Sequence[tuple[str, str]], dice: Dice) -> str:
    """What things are, by name and value, as a text says it."""
    return Pen(dice, remark, fact).noted(facts)


FACTS = (
    "date",
    "time",
    "city",
    "price",
    "product",
    "title",
    "project",
    "room",
    "rating",
    "percent",
    "person",
    "topic",
    "version",
)


def fact(dice: Dice) -> tuple[str, str]:
    """A value and what it is, nothing sensitive among them."""
    kind = dice.pick(FACTS)
    return dice.pick((kind, kind.capitalize())), str(draw(kind, dice))


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
    "remark": remark,
    "long": long,
    "id": lambda dice: dice.pick((dice.digits(4), dice.digits(5), f"{dice.pick('ABCDEFHKLMPRSTX')}{dice.digits(5)}")),
    "number": lambda dice: f"{dice.pick('ABCDEFGHKLMPRSTVWX')}{dice.pick('ABCDEFGHKLMNPRSTVWX')}-{dice.digits(5)}",
    "phone": phone,
    "card": card,
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
    "price": price,
    "stamp": stamp,
    "plate": plate,
    "uuid": uuid,
    "bic": lambda dice: (
        f"{''.join(dice.pick(LETTERS) for _ in range(4))}{dice.pick(names.COUNTRY)}{dice.pick(LETTERS)}{dice.between(2, 9)}{dice.pick(('', 'XXX'))}"
    ),
    "ip": ip,
    "cidr": cidr,
    "fqdn": fqdn,
    "store": store,
    "windows_path": windows_path,
    "sha": lambda dice: hexadecimal(dice, dice.pick((7, 12, 40))),
    "cron": cron,
    "coordinates": lambda dice: f"{dice.between(-60, 65)}.{dice.digits(4)}, {dice.between(-150, 150)}.{dice.digits(4)}",
    "sql": sql,
    "command": command,
    "wallet": wallet,
    "token": lambda dice: b64encode(dice.rng.randbytes(24)).decode(),
    "api_key": api_key,
    "passport": lambda dice: f"{dice.pick(LETTERS)}{dice.pick(LETTERS)}{dice.digits(7)}",
    "flight": lambda dice: f"{dice.pick(LETTERS)}{dice.pick(LETTERS)}{dice.digits(dice.between(3, 4))}",
    "ticker": lambda dice: "".join(dice.pick(LETTERS) for _ in range(dice.between(3, 5))),
    "isbn": lambda dice: f"978-{dice.digits(1)}-{dice.digits(4)}-{dice.digits(4)}-{dice.digits(1)}",
    "postcode": lambda dice: dice.pick((dice.digits(5), f"{dice.digits(4)} {dice.pick(LETTERS)}{dice.pick(LETTERS)}")),
    "size": lambda dice: f"{dice.between(1, 900)} {dice.pick(('KB', 'MB', 'GB'))}",
}


def draw(kind: str, dice: Dice) -> Value:
    """A value of a kind: a name of `KINDS`, `low..high` for a whole number, or `a/b/c` for one of a few words."""
    return maker(kind)(dice)


@cache
def maker(kind: str) -> Callable[[Dice], Value]:
    """What draws values of a kind; a kind is read once, since records draw by the thousand."""
    if kind in KINDS:
        return KINDS[kind]
    if ".." in kind:
        low, high = map(int, kind.split(".."))
        return lambda dice: dice.between(low, high)
    words = tuple(word.replace("_", " ") for word in kind.split("/"))
    return lambda dice: dice.pick(words)
