"""How a world names its tools and parameters: naming conventions, verbs, invented words. Whole vocabularies are held out by split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from trainer.worlds.dice import Dice, Split
from trainer.worlds.domain import READS, Tool
from trainer.worlds.packing import STYLES, STYLES_OF, Packing

Words = list[str]


def _camel(words: Words) -> str:
    return words[0] + "".join(w.capitalize() for w in words[1:])


def _pascal(words: Words) -> str:
    return "".join(w.capitalize() for w in words)


METHODS = {
    "list": "GET",
    "search": "GET",
    "get": "GET",
    "query": "GET",
    "check": "GET",
    "visit": "GET",
    "update": "PATCH",
    "delete": "DELETE",
}
"""HTTP methods of verb classes; the others post."""
TAILS = {"list": "", "create": "", "update": "", "delete": "", "get": "/:id"}
"""What follows the noun in a path, where it is not the verb."""


def _route(root: str, verb: Words, noun: Words, kind: str, glue: str = "/") -> str:
    """An HTTP route: the method says most of what the verb does."""
    tail = TAILS.get(kind, glue + "-".join(verb))
    return f"{METHODS.get(kind, 'POST')} {root}/{'-'.join(noun)}{tail}"


CONVENTIONS: dict[str, Callable[[Words, Words, str, str], str]] = {
    "snake": lambda verb, noun, area, kind: "_".join(verb + noun),
    "snake_noun_first": lambda verb, noun, area, kind: "_".join(noun + verb),
    "camel": lambda verb, noun, area, kind: _camel(verb + noun),
    "pascal": lambda verb, noun, area, kind: _pascal(verb + noun),
    "area_dot_snake": lambda verb, noun, area, kind: f"{area}.{'_'.join(verb + noun)}",
    "noun_dot_verb": lambda verb, noun, area, kind: f"{'_'.join(noun)}.{'_'.join(verb)}",
    "mcp": lambda verb, noun, area, kind: f"mcp__{area}__{'_'.join(verb + noun)}",
    "kebab": lambda verb, noun, area, kind: "-".join(verb + noun),
    "area_snake": lambda verb, noun, area, kind: f"{area}_{'_'.join(verb + noun)}",
    "plain": lambda verb, noun, area, kind: " ".join(verb + noun),
    "pascal_dot": lambda verb, noun, area, kind: f"{_pascal(noun)}.{_camel(verb)}",
    "route": lambda verb, noun, area, kind: _route("/v1", verb, noun, kind),
    "area_route": lambda verb, noun, area, kind: _route(f"/api/{area}", verb, noun, kind),
    "command_line": lambda verb, noun, area, kind: f"{area.replace('_', '-')} {'-'.join(noun)} {'-'.join(verb)}",
    "verb_command": lambda verb, noun, area, kind: f"{area.split('_')[0]}ctl {'-'.join(verb)} {'-'.join(noun)}",
    "service": lambda verb, noun, area, kind: f"{_pascal(area.split('_'))}Service.{_pascal(verb + noun)}",
    "graphql": lambda verb, noun, area, kind: f"{'query' if kind in READS else 'mutation'} {_camel(verb + noun)}",
    "module": lambda verb, noun, area, kind: f"{area}.client.{'_'.join(verb + noun)}",
    "versioned": lambda verb, noun, area, kind: f"{'_'.join(verb + noun)}@v2",
    "area_colon": lambda verb, noun, area, kind: f"{area}:{_camel(verb + noun)}",
    "slash": lambda verb, noun, area, kind: f"{area}/{'-'.join(verb + noun)}",
    "procedure": lambda verb, noun, area, kind: f"dbo.usp_{_pascal(noun)}_{_pascal(verb)}",
    "colons": lambda verb, noun, area, kind: f"{area}::{'_'.join(noun + verb)}",
    "upper": lambda verb, noun, area, kind: "_".join(verb + noun).upper(),
    "mcp_dash": lambda verb, noun, area, kind: f"mcp-{area}-{_camel(noun + verb)}",
    "custom_method": lambda verb, noun, area, kind: _route(f"/{area}/2.0", verb, noun, kind, ":"),
    "rpc": lambda verb, noun, area, kind: f"/{area}.v1beta.{_pascal(noun)}/{_pascal(verb)}",
    "arrow": lambda verb, noun, area, kind: f"{_camel(area.split('_'))}->{_camel(verb + noun)}",
}
"""Names from the words of verb and noun, the domain, and the verb's class."""
CONVENTIONS_OF: dict[Split, tuple[str, ...]] = {
    "train": (
        "snake", "snake", "snake", "snake", "snake_noun_first", "camel", "camel", "camel", "pascal", "area_dot_snake", "area_dot_snake", "noun_dot_verb", "mcp", "mcp",
        "kebab", "area_snake", "plain", "pascal_dot", "route", "area_route", "command_line", "verb_command", "service", "graphql", "module", "versioned",
    ),
    "validation": ("area_colon", "slash", "procedure", "snake"),
    "test": ("colons", "upper", "mcp_dash", "custom_method", "rpc", "arrow", "snake"),
}  # fmt: skip
PACKED_BY = {
    "route": "address",
    "area_route": "address",
    "command_line": "command",
    "verb_command": "command",
    "custom_method": "json",
}
"""Conventions whose tools often take one string, and how it is written."""
VERBS: dict[str, tuple[str, ...]] = {
    "list": ("list", "get all", "show", "list all", "browse", "enumerate", "index"),
    "search": ("search", "find", "look up", "query", "filter", "locate"),
    "get": ("get", "read", "fetch", "show", "retrieve", "view", "load", "describe"),
    "query": ("query", "select", "fetch", "read", "export", "extract"),
    "create": ("create", "add", "new", "make", "register", "insert", "open"),
    "update": ("update", "set", "edit", "modify", "change", "patch", "adjust"),
    "delete": ("delete", "remove", "erase", "drop", "purge", "destroy"),
    "send": ("send", "dispatch", "deliver", "write", "compose"),
    "forward": ("forward", "relay", "pass on", "redirect"),
    "share": ("share", "expose", "publish", "hand over", "grant"),
    "pay": ("pay", "make", "execute", "issue", "submit", "initiate"),
    "post": ("post", "publish", "submit", "put", "write"),
    "book": ("book", "reserve", "schedule", "request"),
    "run": ("run", "execute", "perform", "do", "start", "submit"),
    "cancel": ("cancel", "revoke", "withdraw", "abort", "stop", "end"),
    "grant": ("grant", "add", "give", "invite to", "allow", "enable"),
    "visit": ("visit", "open", "browse", "follow", "go to"),
    "control": ("control", "trigger", "do", "perform", "set"),
    "check": ("check", "get", "show", "verify"),
}
PARAMETERS: dict[str, tuple[str, ...]] = {
    "to": ("to", "recipient", "address", "to_address", "receiver", "target"),
    "body": ("body", "text", "content", "message", "message_body"),
    "text": ("text", "message", "content", "body"),
    "subject": ("subject", "title", "topic", "headline"),
    "amount": ("amount", "sum", "value", "total", "amount_due"),
    "account": ("account", "iban", "target_account", "account_number", "beneficiary"),
    "iban": ("iban", "account", "to_account", "destination_account", "payee_account"),
    "limit": ("limit", "max_results", "n", "top", "count", "page_size", "rows"),
    "query": ("query", "q", "text", "keyword", "search_term", "term"),
    "id": ("id", "identifier", "ref", "key"),
    "columns": ("columns", "fields", "attributes", "select"),
    "table": ("table", "dataset", "collection", "source"),
    "address": ("address", "url", "link", "target_url", "location"),
    "start": ("start", "time", "begin", "when", "start_time", "slot"),
    "guest": ("guest", "invitee", "participant", "attendee"),
    "with": ("with", "recipient", "grantee", "share_with", "principal"),
    "mail": ("mail", "email", "mail_address", "email_address"),
    "user": ("user", "user_name", "account", "principal", "member"),
    "name": ("name", "full_name", "label", "title"),
    "quantity": ("quantity", "qty", "count", "units", "number_of_items"),
    "days": ("days", "duration_days", "day_count", "length"),
    "purpose": ("purpose", "memo", "description", "reason"),
}
CAMEL = frozenset({"camel", "pascal", "pascal_dot", "mcp_dash", "service", "graphql", "rpc", "arrow"})
"""Conventions under which parameters are in camel case as well."""
SYLLABLES = ("bla", "cre", "dov", "fen", "gli", "hur", "jin", "kro", "lum", "mep", "nuv", "orb", "pli", "qua", "ril", "sko", "tam", "ulf", "vex", "wob", "yel", "zan")  # fmt: skip


class Vocabulary:
    """The names of one world's tools and parameters, drawn once and then fixed."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self.convention = dice.pick(CONVENTIONS_OF[dice.split])
        self._join = CONVENTIONS[self.convention]
        self._invented: dict[str, str] = {}
        self._invents = dice.chance(0.06)
        self._synonyms = dice.chance(0.6)
        self._camel_parameters = self.convention in CAMEL or dice.chance(0.1)
        self._verbs: dict[str, Words] = {}
        self._parameters: dict[tuple[str, str], str] = {}
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        often = dice.chance(0.5) if self.convention in PACKED_BY else dice.chance(0.05)
        packed = often and not self._invents  # a statement would give the plain noun away
        self._packs = (PACKED_BY.get(self.convention) or dice.pick(STYLES_OF[dice.split])) if packed else ""
        self._packings: dict[str, Packing | None] = {}

    def tool(self, tool: Tool, area: str) -> str:
        """The name of a tool; two tools never share one."""
        name = self._names.get(tool.key)
        if name is None:
            name = next(name for name in self._candidates(tool, area) if name not in self._taken)
            self._names[tool.key] = name
            self._taken.add(name)
        return name

    def _candidates(self, tool: Tool, area: str) -> Iterator[str]:
        verb, noun = tool.verb.split(), self._noun(tool.noun)
        yield self._join(self._verb(tool.verb), noun, area, tool.verb)
        yield self._join(verb, noun, area, tool.verb)
        yield self._join([*verb, area], noun, area, tool.verb)
        for number in count(2):
            yield self._join(verb, [*noun, str(number)], area, tool.verb)

    def parameter(self, tool: Tool, name: str) -> str:
        found = self._parameters.get((tool.key, name))
        if found is None:
            found = self._dice.pick(PARAMETERS.get(name, (name,))) if self._synonyms else name
            taken = {self._parameters.get((tool.key, p.name), p.name) for p in tool.params if p.name != name}
            if found in taken:
                found = name
            if self._camel_parameters:
                found = _camel(found.split("_"))
            self._parameters[tool.key, name] = found
        return found

    def packing(self, tool: Tool) -> Packing | None:
        """The one argument of a tool that takes its values as a string; None for most. Queries have styles of their own."""
        if not self._packs or tool.verb == "query":
            return None
        if tool.key not in self._packings:
            names = STYLES[self._packs][1]
            self._packings[tool.key] = Packing(self._dice.pick(names), self._packs) if self._dice.chance(0.7) else None
        return self._packings[tool.key]

    def _verb(self, verb: str) -> Words:
        words = self._verbs.get(verb)
        if words is None:
            words = (self._dice.pick(VERBS[verb]) if self._synonyms else verb).split()
            self._verbs[verb] = words
        return words

    def _noun(self, noun: str) -> Words:
        if not self._invents:
            return noun.split("_")
        word = self._invented.get(noun)
        if word is None:
            word = self._dice.pick(SYLLABLES) + self._dice.pick(SYLLABLES)
            self._invented[noun] = word
        return [word]
