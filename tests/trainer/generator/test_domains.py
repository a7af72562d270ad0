"""Worlds as data: rich, many, held out by split; names unique; values of their kind; tools that take one string lose nothing."""

from __future__ import annotations

import gzip
import ipaddress
import json
import re
import uuid
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from trainer.generator import access
from trainer.generator.cases import cases
from trainer.generator.worlds import domains, names, outputs, packing, values, vocabulary
from trainer.generator.worlds.dice import SPLITS, Dice, Split
from trainer.generator.worlds.domain import Domain, Param, Tool
from trainer.generator.worlds.domains import office
from trainer.generator.worlds.rules import ATTRIBUTES
from trainer.generator.worlds.world import World, reading

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
EVERYWHERE = (office.CONTACTS,)
"""What all splits share: the address book, by which receivers are named. No role is shared."""
ALL = [domain for split in SPLITS for domain in domains.DOMAINS[split]]


def parts(split: Split) -> list[Domain]:
    return [d for d in (*domains.DOMAINS[split], *domains.FACILITIES[split]) if d not in EVERYWHERE]


def test_there_are_many_domains_and_enough_are_held_out() -> None:
    assert len({d.name for d in ALL}) == len(ALL) >= 64
    assert len(domains.DOMAINS["train"]) >= 50
    assert len(domains.DOMAINS["validation"]) >= 6
    assert len(domains.DOMAINS["test"]) >= 10


def vocabulary_of(split: Split) -> set[tuple[str, str]]:
    """What a network could know a domain by."""
    found = {("role", role) for d in domains.DOMAINS[split] for role in d.roles}
    for part in parts(split):
        found |= {("entity", name) for e in part.entities for name in (e.name, e.plural)}
        found |= {("act", tool.key) for tool in part.acts}
        found |= {("phrase", phrase) for tool in part.acts for phrase in (*tool.say, *tool.say_via)}
        found.add(("setting", part.setting))
    return found


def test_nothing_of_a_test_domain_is_in_another_split() -> None:
    test = vocabulary_of("test")
    assert not test & vocabulary_of("train")
    assert not test & vocabulary_of("validation")


def test_no_entity_act_or_role_of_a_validation_domain_is_in_training() -> None:
    shared = vocabulary_of("validation") & vocabulary_of("train")
    assert {kind for kind, _ in shared} <= {"phrase"}


def test_facilities_are_each_split_s_own_but_for_the_address_book() -> None:
    for one, other in combinations(SPLITS, 2):
        assert set(domains.FACILITIES[one]) & set(domains.FACILITIES[other]) == set(EVERYWHERE)


@pytest.mark.parametrize("domain", ALL, ids=lambda d: d.name)
def test_a_domain_is_rich(domain: Domain) -> None:
    assert 2 <= len(domain.entities) <= 5
    assert 5 <= len(domain.acts) <= 9
    assert len({tool.verb for tool in domain.acts}) >= 3
    assert len({tool.key for tool in domain.acts}) == len(domain.acts)
    assert all(len({*tool.say, *tool.say_via}) >= 2 for tool in domain.acts)
    assert any(entity.free for entity in domain.entities)
    assert len({f.level for entity in domain.entities for f in entity.fields}) >= 2
    assert len(set(domain.roles)) >= 4
    assert set(domain.attributes) <= set(ATTRIBUTES)


@pytest.mark.parametrize("domain", [*ALL, *(f for s in SPLITS for f in domains.FACILITIES[s])], ids=lambda d: d.name)
def test_a_domain_hangs_together(domain: Domain) -> None:
    """Acts refer to entities, fields and parameters that there are; references to records are made of their fields."""
    entities = {entity.name: entity for entity in domain.entities}
    assert len({*entities, *(e.plural for e in domain.entities)}) == 2 * len(entities)
    for entity in domain.entities:
        fields = {f.name for f in entity.fields}
        assert len(fields) == len(entity.fields)
        for ref in entity.refs:
            assert set(_places(ref)) <= fields
            assert _places(ref), ref
        assert not any(part.kind == "@" for part in entity.fields)
    for tool in domain.acts:
        for param, source in tool.values:
            assert tool.param(param) is not None, tool.key
            assert source in {f.name for f in entities[tool.entity or ""].fields}, tool.key
        assert bool(tool.say_via) == (tool.entity is not None), tool.key


OPENERS = re.compile(r"\{(?!side\})|(the|a|an|our|we|no|nobody|only|one|there|what|whose)\b")


@pytest.mark.parametrize("split", SPLITS)
def test_phrases_are_imperatives(split: Split) -> None:
    """They stand after "could you" and "you must": a phrase that opens like a statement would not."""
    said = [phrase for part in parts(split) for tool in part.acts for phrase in (*tool.say, *tool.say_via)]
    assert not [phrase for phrase in said if OPENERS.match(phrase)]


def _places(template: str) -> list[str]:
    return [part.split("}")[0] for part in template.split("{")[1:]]


def worlds(split: Split, count: int) -> Iterator[World]:
    for i in range(count):
        dice = Dice(f"names/{i}", split)
        world = World(dice, dice.pick(domains.DOMAINS[split]), dice.sample(domains.FACILITIES[split], 3))
        access.equip(world)
        yield world


@pytest.mark.parametrize("split", SPLITS)
def test_no_two_tools_of_a_world_share_a_name(split: Split) -> None:
    seen: set[str] = set()
    for world in worlds(split, 90):
        found = Counter(world.name(tool) for tool in world.tools.values())
        assert max(found.values()) == 1, found.most_common(1)
        assert {key: world.name(tool) for key, tool in world.tools.items()} == {k: world.name(t) for k, t in world.tools.items()}
        seen.add(world.vocabulary.convention)
    assert seen == set(vocabulary.CONVENTIONS_OF[split])


def test_names_stay_unique_when_all_invented_words_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "SYLLABLES", ("bla",))
    world = next(w for w in worlds("train", 400) if w.vocabulary.tool(reading("get", w.domain.entities[0]), "x").count("bla"))
    found = [world.name(tool) for tool in world.tools.values()]
    assert len(set(found)) == len(found)


def test_conventions_and_packings_are_held_out() -> None:
    for one, other in combinations(SPLITS, 2):
        assert set(vocabulary.CONVENTIONS_OF[one]) & set(vocabulary.CONVENTIONS_OF[other]) <= {"snake"}
        assert not set(packing.STYLES_OF[one]) & set(packing.STYLES_OF[other])
    for split in SPLITS:
        packed = {vocabulary.PACKED_BY.get(c) for c in vocabulary.CONVENTIONS_OF[split]} - {None}
        assert packed <= set(packing.STYLES_OF[split])


def test_no_tool_name_of_the_recorded_runs_can_be_generated() -> None:
    """All of them are snake case, so that every verb with every noun in snake case is what there is to compare."""
    recorded = recorded_names()
    assert all(name == name.lower() for name in recorded)
    tools = [tool for split in SPLITS for part in parts(split) for tool in part.acts]
    tools += [
        reading(v, e) for s in SPLITS for part in (*parts(s), *EVERYWHERE) for e in part.entities for v in e.reads if v != "query"
    ]
    made = {"_".join((*verb.split(), tool.noun)) for tool in tools for verb in (tool.verb, *vocabulary.VERBS[tool.verb])}
    assert len(made) > 2_000
    assert not made & recorded


def recorded_names() -> set[str]:
    found: set[str] = set()
    for name in ("agentdojo_traces.jsonl.gz", "tau_bench_pairs.jsonl.gz"):
        if not (DATA / name).exists():
            pytest.skip(f"{name} is not beside this checkout")
        with gzip.open(DATA / name) as file:
            for line in file:
                found |= set(called(json.loads(line)))
    assert len(found) > 50
    return found


def called(value: Any) -> Iterator[str]:
    """Names of tools anywhere in a recorded run."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "tool_name" and isinstance(inner, str):
                yield inner
            elif key == "function" and isinstance(inner, dict) and isinstance(inner.get("name"), str):
                yield inner["name"]
            yield from called(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from called(inner)


NAMED = {"account": "DE02 1203", "amount": 12.5, "note": 'it\'s "due", today; 5 > 4'}
TOOL = Tool("pay", "invoice", tuple(Param(name, "text", True) for name in NAMED), "Pays.")


@pytest.mark.parametrize("style", packing.STYLES)
@pytest.mark.parametrize("verb", ["pay", "get", "create", "delete"])
def test_one_string_holds_every_name_and_value(style: str, verb: str) -> None:
    tool = Tool(verb, TOOL.noun, TOOL.params, TOOL.about)
    ((name, packed),) = packing.Packing("line", style).pack(tool, "GET /v1/invoice", NAMED).items()
    assert name == "line"
    text = unquote_plus(packed) if style == "address" else packed
    text = text.replace("''", "'").replace("'\"'\"'", "'").replace('\\"', '"')
    for key, value in NAMED.items():
        assert str(value) in text
        assert key in text


def test_a_case_with_packed_tools_says_so_in_its_schemas() -> None:
    wanted = {name for _, found, _ in packing.STYLES.values() for name in found}
    packed = 0
    for line in cases(11, 600):
        schemas = {t["function"]["name"]: t["function"]["parameters"] for t in line["tools"]}
        for node in line["execution_plan"]["nodes"]:
            schema = schemas.get(node["tool_name"])
            if schema and len(schema["properties"]) == 1 and (argument := next(iter(schema["properties"]))) in wanted:
                packed += [argument] == list(node["arguments"]) and isinstance(node["arguments"][argument], str)
    assert packed > 5


@pytest.mark.parametrize("kind", values.KINDS)
def test_a_kind_draws_the_same_value_for_the_same_dice(kind: str) -> None:
    drawn = [values.draw(kind, dice) for dice in (Dice("kind"), Dice("kind"))]
    assert drawn[0] == drawn[1]
    dice = Dice("kind")
    assert len({str(values.draw(kind, dice)) for _ in range(40)}) > 1


def test_values_are_what_they_claim_to_be() -> None:
    dice = Dice("formats")
    for _ in range(50):
        assert uuid.UUID(str(values.draw("uuid", dice))).version == 4
        assert ipaddress.ip_address(str(values.draw("ip", dice)))
        assert ipaddress.ip_network(str(values.draw("cidr", dice)), strict=False)
        assert datetime.fromisoformat(str(values.draw("stamp", dice))).tzinfo
        assert len(b64decode(str(values.draw("token", dice)))) == 24
        assert len(str(values.draw("cron", dice)).split()) == 5
        assert str(values.draw("store", dice)).split("://")[0] in {"s3", "gs", "az"}
        assert str(values.draw("windows_path", dice)).count("\\") >= 2


def test_values_seldom_repeat() -> None:
    dice = Dice("repeat")
    for kind, share in (
        ("person", 0.03),
        ("company", 0.1),
        ("address", 0.01),
        ("email", 0.01),
        ("title", 0.3),
        ("text", 0.2),
        ("iban", 0),
        ("uuid", 0),
    ):
        drawn = [values.draw(kind, dice) for _ in range(2_000)]
        assert 1 - len(set(drawn)) / len(drawn) <= share, kind


def test_crossed_pools_are_divided_by_what_is_crossed() -> None:
    """A street of the test split has a name that no street of the training split has."""
    streets = {
        split: {dice.draw(names.STREET).rsplit(" ", 1)[0] for _ in range(600)} for split in SPLITS for dice in (Dice("s", split),)
    }
    assert all(streets.values())
    assert all(not streets[a] & streets[b] for a, b in combinations(SPLITS, 2))
    for pool in (names.STREET, names.PRODUCT, names.TOPIC):
        assert len(set(pool)) == len(pool) > 1_000


@pytest.mark.parametrize("form", outputs.FORMATS)
def test_every_format_shows_every_value(form: str) -> None:
    rows = [{"number": "AB-1", "total": 12.5, "note": "call, then write"}, {"number": "CD-2", "total": 7, "note": "no"}]
    text = outputs.render(rows, form, "invoices")
    assert all(str(value) in text and name in text.lower() for row in rows for name, value in row.items())
    assert isinstance(outputs.render([], form, "invoices"), str)
