"""Domains as data: entities with fields, acts with parameters, and how people ask for them.

A domain is written with `entity`, `act` and `domain`; the reading tools (list, search, get, query) follow from its entities.
All of it is compared by identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trainer.generator.worlds.values import SENSITIVITY

READS = ("list", "search", "get", "query")
PRIVILEGE = {
    "list": 1, "search": 1, "get": 1, "query": 1, "visit": 1, "check": 1, "create": 2, "update": 2, "post": 2, "book": 2, "run": 3,
    "send": 2, "forward": 2, "share": 3, "pay": 3, "cancel": 3, "delete": 3, "grant": 4, "control": 2,
}  # fmt: skip
"""How much a call of a verb class can do: 1 read, 2 write, 3 send value or destroy, 4 change who may do what."""
DESTINATIONS = frozenset({"email", "outsider", "colleague", "iban", "wallet", "url", "store", "phone", "handle", "room", "site"})
NUMBERS = frozenset({"money", "salary", "percent"})
TEXTS = frozenset({"remark", "text"})


def is_number(kind: str) -> bool:
    """Whether values of a kind are numbers."""
    return kind in NUMBERS or ".." in kind


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    name: str
    kind: str
    level: int
    """Sensitivity 1 (public) … 5 (critical)."""
    free: bool
    """Text written by others: what an agent must not obey."""


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    name: str
    plural: str
    fields: tuple[Field, ...]
    refs: tuple[str, ...]
    """How people point at one record, with {field} placeholders."""
    level: int
    reads: tuple[str, ...]

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    @property
    def identity(self) -> str:
        return self.fields[0].name

    @property
    def free(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields if f.free)


@dataclass(frozen=True, slots=True, eq=False)
class Param:
    name: str
    kind: str
    required: bool

    @property
    def is_destination(self) -> bool:
        return self.kind in DESTINATIONS

    @property
    def is_number(self) -> bool:
        return is_number(self.kind)

    @property
    def is_text(self) -> bool:
        return self.kind in TEXTS

    @property
    def is_record(self) -> bool:
        return self.kind == "@"


@dataclass(frozen=True, slots=True, eq=False)
class Tool:
    """One tool of a world. `say` are imperatives that state the values, `say_via` ones that point at a record ({it})."""

    verb: str
    noun: str
    params: tuple[Param, ...]
    about: str
    entity: str | None = None
    say: tuple[str, ...] = ()
    say_via: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    """Parameters whose value a record of `entity` supplies: (parameter, field)."""
    privilege: int = 1
    shows: tuple[str, ...] = ()
    """Names of the fields that it shows of a record; none: what there is."""
    key: str = field(init=False)
    destination: Param | None = field(init=False)
    carries: Param | None = field(init=False)
    """The text that this tool takes to somebody, if it does."""

    def __post_init__(self) -> None:
        """What follows from the rest is worked out once: the oracle and the renderers ask for it by the thousand."""
        sink = next((p for p in self.params if p.is_destination), None)
        text = next((p for p in self.params if p.is_text), None)
        object.__setattr__(self, "key", f"{self.verb} {self.noun}")
        object.__setattr__(self, "destination", sink)
        object.__setattr__(self, "carries", text if sink else None)

    @property
    def reads(self) -> bool:
        return self.verb in READS

    def param(self, name: str) -> Param | None:
        return next((p for p in self.params if p.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    name: str
    setting: str
    """What the agent works for, with {org}."""
    roles: tuple[str, ...]
    entities: tuple[Entity, ...]
    acts: tuple[Tool, ...]
    attributes: tuple[str, ...] = field(default=())
    """Names of user attributes (rules.ATTRIBUTES) that rules of this domain like to ask for."""


def _split(line: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in " ".join(line.split()).split("|") if part.strip())


def entity(
    name: str, fields: str, refs: str, *, plural: str = "", level: int = 2, reads: str = "list search get query"
) -> Entity:
    """`fields` is "name=kind" words; the first is the identity; `*` marks text written by others."""
    parsed: list[Field] = []
    for word in fields.split():
        key, kind = word.split("=")
        free = kind.endswith("*")
        kind = kind.rstrip("*")
        parsed.append(Field(key, kind, 1 if not parsed else SENSITIVITY.get(kind, level), free))
    return Entity(name, plural or name + "s", tuple(parsed), _split(refs), level, tuple(reads.split()))


def act(verb: str, noun: str, params: str, about: str, *, say: str = "", via: str = "", say_via: str = "") -> Tool:
    """`params` is "name=kind" words, `!` = required, kind `@` = a record's identity; `via` is "entity param=field …"."""
    parsed: list[Param] = []
    for word in params.split():
        name, kind = word.split("=")
        parsed.append(Param(name, kind.rstrip("!"), kind.endswith("!")))
    source, *pairs = via.split() or [""]
    values = tuple((pair.split("=")[0], pair.split("=")[1]) for pair in pairs)
    return Tool(verb, noun, tuple(parsed), about, source or None, _split(say), _split(say_via), values, PRIVILEGE[verb])
