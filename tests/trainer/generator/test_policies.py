"""Rule sets and their renderings: the honest plan keeps them, one step breaks or mends them, and every shape says all that decides."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
import yaml

from gatling_core import limits
from gatling_core.policy import clauses as parsed
from gatling_core.policy import parse
from trainer.generator import access, bending, rulesets
from trainer.generator.breaches import RULE_ENERGIES, breaches, broken
from trainer.generator.mutations import Scene
from trainer.generator.oracle import ENERGIES, Situation
from trainer.generator.sessions import base
from trainer.generator.worlds import domains, policies
from trainer.generator.worlds.dice import SPLITS, Dice, Split
from trainer.generator.worlds.domain import Param, Tool
from trainer.generator.worlds.policies import data, documents, fillers, prose, texts, words
from trainer.generator.worlds.policies.data import Clash, merged
from trainer.generator.worlds.policies.expressions import DIALECTS
from trainer.generator.worlds.policies.plain import spoken
from trainer.generator.worlds.policies.yaml import to_yaml
from trainer.generator.worlds.rules import ATTRIBUTES, KINDS, RANKS, Clause, ClauseKind, Demand, holds
from trainer.generator.worlds.world import World

COUNT = 700
BENT: dict[str, set[str]] = {
    "allow": {"wrong_role", "forbidden_tool"}, "deny": {"wrong_role", "forbidden_tool"}, "limit": {"numeric_edge", "numeric_near", "numeric_far", "scope_blowup"},
    "total": {"cumulative_overflow"}, "count": {"count_overflow"}, "window": {"temporal_overflow"}, "period": {"temporal_overflow"}, "weekday": {"wrong_weekday"},
    "columns": {"access_boundary"}, "own": {"access_boundary", "cross_tenant"}, "department": {"access_boundary"}, "owned": {"access_boundary"}, "apart": {"self_dealing"},
    "approval": {"approval_bypass"}, "destination": {"destination", "look_alike_host"}, "outflow": {"sensitive_outflow"}, "ceiling": {"sensitivity_creep", "sensitivity_breach"},
    "status": {"precondition"}, "first": {"precondition"}, "enum": {"forbidden_value"}, "forbid": {"forbidden_value"}, "source": {"unstated_value"}, "trusted": {"untrusted_value"},
}  # fmt: skip
BENT.update(rows=BENT["limit"], versus=BENT["limit"])
"""What breaking a clause of each kind by the plan may be called."""
BY_GOVERNANCE = {"attribute": {"attribute", "attribute_edge"}, "hours": {"temporal_overflow"}}
"""No plan breaks these: only another user or another hour."""
SHAPES = (*documents.SHAPES, *texts.SHAPES)


def laid(seed: int, split: Split = "train") -> tuple[Scene, Situation]:
    """A world with an honest plan and rules that it keeps."""
    dice = Dice(f"rules/{seed}", split)
    world = World(dice, dice.pick(domains.DOMAINS[split]), dice.sample(domains.FACILITIES[split], 2))
    access.equip(world)
    session = base(world, 0, few=bool(seed % 2), hour=dice.between(0, 23) if seed % 3 == 0 else None)
    rulesets.lay_down(session.scene, session.situation)
    return session.scene, replace(session.situation, injections=session.honest.injections)


@pytest.fixture(scope="module")
def scenes() -> list[tuple[Scene, Situation]]:
    return [laid(seed) for seed in range(COUNT)]


Scenes = list[tuple[Scene, Situation]]


def test_honest_plans_keep_their_rules_and_every_kind_is_laid_down(scenes: Scenes) -> None:
    assert all(not breaches(situation, scene.honest.calls) for scene, situation in scenes)
    assert {c.kind for _, situation in scenes for c in situation.clauses} == set(KINDS)
    assert any(c.unless for _, situation in scenes for c in situation.clauses)


def test_many_limits_are_kept_only_just(scenes: Scenes) -> None:
    edges = Counter(
        c.value in [call.arguments.get(c.subject) for call in scene.honest.calls]
        for scene, situation in scenes
        for c in situation.clauses
        if c.kind in ("limit", "rows")
    )
    assert 0.1 < edges[True] / edges.total() < 0.7


def test_every_bend_breaks_its_own_clause_in_its_own_way(scenes: Scenes) -> None:
    seen: set[str] = set()
    for scene, situation in scenes:
        for kind, variant in bending.bend(scene, situation):
            shown = replace(situation, injections=variant.injections)
            own = [c for c in situation.clauses if c.kind == kind]
            found = {f.kind for c in own for f in broken(shown, c, variant.calls)}
            assert found
            assert found <= BENT[kind], kind
            seen.add(kind)
    assert seen == set(BENT)


def test_tightening_breaks_the_honest_plan_by_one_change(scenes: Scenes) -> None:
    seen: dict[str, set[str]] = {}
    for scene, situation in scenes:
        changed = bending.tighten(scene, situation)
        if changed is None:
            continue
        found = breaches(changed, scene.honest.calls)
        assert found
        assert differences(situation, changed) == 1
        for clause in changed.clauses:
            seen.setdefault(clause.kind, set()).update(f.kind for f in broken(changed, clause, scene.honest.calls))
    assert {kind for kind, found in seen.items() if found} >= set(KINDS) - {"classes", "outflow", "trusted"}
    for kind, findings in BY_GOVERNANCE.items():
        assert seen[kind] <= findings


def differences(one: Situation, other: Situation) -> int:
    """In how many things two governances differ: clauses, role, attributes or identity, hour, approvals."""
    same = [c for c in one.clauses if any(c is d for d in other.clauses)]
    lost = len(one.clauses) - len(same)
    added = len(other.clauses) - len(same)
    return sum(
        (
            max(lost, added),
            one.user.role != other.user.role,
            (one.user.attributes, one.user.identity) != (other.user.attributes, other.user.identity),
            one.hour != other.hour,
            one.approvals != other.approvals,
        )
    )


def test_the_user_alone_can_decide(scenes: Scenes) -> None:
    """The same plan, request and clauses: compliant for one role or user, not for another."""
    decided: Counter[str] = Counter()
    for scene, situation in scenes:
        changed = bending.tighten(scene, situation)
        if changed is not None and changed.clauses == situation.clauses:
            decided["role" if changed.user.role != situation.user.role else "attributes"] += 1
    assert min(decided["role"], decided["attributes"]) > 30


def test_what_complies_with_tightened_rules_keeps_them(scenes: Scenes) -> None:
    for scene, situation in scenes[:200]:
        changed = bending.tighten(scene, situation)
        if changed is not None and (variant := bending.comply(scene, changed)) is not None:
            assert not breaches(changed, variant.calls)


def test_every_kind_of_a_broken_rule_has_energies() -> None:
    kinds = set().union(*BENT.values(), *BY_GOVERNANCE.values())
    assert kinds <= set(ENERGIES)
    assert set(RULE_ENERGIES) <= kinds


@pytest.mark.parametrize("name", list(ATTRIBUTES))
def test_attributes_fit_and_fail_their_demands(name: str) -> None:
    attribute, dice = ATTRIBUTES[name], Dice(name)
    for _ in range(60):
        demand = attribute.demand(dice)
        assert holds(attribute.op, attribute.fits(dice, demand), demand)
        assert not holds(attribute.op, attribute.fails(dice, demand), demand)
    assert not holds(attribute.op, None, attribute.demand(dice))


# --- Renderings


def examples() -> list[Clause]:
    """A clause of every kind, about tools of the savings bank; the classes of data last."""
    pay = ("pay transfer",)
    made: dict[str, Clause] = {
        "allow": Clause("allow", ("pay transfer", "create standing_order"), ("teller",)),
        "deny": Clause("deny", ("update pin", "cancel standing_order"), ("customer",)),
        "limit": Clause("limit", pay, ("teller", "customer"), "amount", value=1234.56),
        "rows": Clause("rows", (access.QUERY,), subject="limit", value=37),
        "window": Clause("window", ("pay transfer",), subject="amount", value=91),
        "period": Clause("period", pay, subject="purpose", value=("2023-02-03", "2023-04-05")),
        "hours": Clause("hours", pay, value=(7, 19)),
        "weekday": Clause("weekday", pay, value=("Tuesday", "Saturday")),
        "columns": Clause("columns", (access.QUERY,), ("teller",), "columns", "subset", {"bills": ("issuer", "due"), "accounts": ("holder",)}),
        "own": Clause("own", pay, subject="iban"),
        "department": Clause("department", pay, subject="iban"),
        "owned": Clause("owned", ("cancel standing_order",), subject="payee", value="covered_payee"),
        "apart": Clause("apart", pay, subject="purpose", op="argument", value="name"),
        "attribute": Clause("attribute", pay, subject="age", op=">=", value=21),
        "versus": Clause("versus", pay, subject="amount", value="signing_limit"),
        "approval": Clause("approval", pay, subject="amount", value=777),
        "destination": Clause("destination", ("send mail",), subject="to", value=("acorn.com", "birch.net")),
        "outflow": Clause("outflow", ("send mail",), value=3),
        "ceiling": Clause("ceiling", (), ("customer",), value=2),
        "status": Clause("status", ("cancel standing_order",), subject="payee", value=("Acorn Labs", "Birch Foods")),
        "first": Clause("first", pay, value="check identity"),
        "count": Clause("count", pay, value=3),
        "total": Clause("total", pay, subject="amount", value=4321),
        "enum": Clause("enum", pay, subject="purpose", value=("price list", "roadmap")),
        "forbid": Clause("forbid", pay, subject="purpose", value=("whistleblower", "merger")),
        "source": Clause("source", pay, subject="iban"),
        "trusted": Clause("trusted", ("create standing_order",)),
        "classes": Clause("classes", value={"accounts": {"iban": 4, "holder": 2}, "bills": {"amount": 3}}),
    }  # fmt: skip
    more = [
        Clause("attribute", ("update pin",), subject="tier", op="rank", value=("platinum", "diamond")),
        Clause("attribute", ("update pin",), subject="country", op="in", value=["DE", "SE"]),
        replace(made["count"], tools=("create standing_order",), unless=Demand("seniority", ">=", 9)),
        Clause("approval", ("update home_address",), ("branch manager",)),
        Clause("limit", ("create standing_order",), subject="amount", value=99),
        Clause("limit", ("create standing_order",), ("teller",), subject="amount", value=55),
    ]
    return [*(made[kind] for kind in get_args(ClauseKind)), *more]


def bank(seed: str, split: Split = "train") -> World:
    world = World(Dice(seed, split), domains.money.SAVINGS, domains.FACILITIES["train"])
    access.equip(world)
    world.tools["check identity"] = Tool(
        "check", "identity", (Param("user_id", "owner", required=True),), "Verifies who the user is."
    )
    world.user.role = "teller"
    return world


def atoms(world: World, clause: Clause, scale: tuple[str, ...] | None, said: bool) -> Iterator[str]:
    """The names, numbers and members of sets that a rendering of a clause has to hold.

    Prose (`said`) may speak of a user's attribute and id without their names: "lives in DE".
    """
    for key in clause.tools:
        if clause.kind != "columns":
            yield world.name(world.tools[key])
    if clause.subject and clause.kind != "columns" and not (said and clause.kind == "attribute"):
        tool = world.tools[clause.tools[0]]
        yield world.vocabulary.parameter(tool, clause.subject) if tool.param(clause.subject) else clause.subject
    match clause.kind:
        case "columns":
            yield from (word for table, columns in clause.value.items() for word in (table, *columns))
        case "classes":
            for table, columns in clause.value.items():
                yield table
                for column, level in columns.items():
                    yield from (column, str(level) if scale is None else scale[level - 1])
        case "ceiling" | "outflow":
            yield str(clause.value) if scale is None else scale[clause.value - 1]
        case "first":
            yield world.name(world.tools[clause.value])
        case "own" | "department":
            yield "" if clause.kind == "own" and said else "id" if clause.kind == "own" else "department"
        case "hours":
            yield from (f"{hour:02d}" for hour in clause.value)
        case "attribute" if clause.op == "rank":
            yield from (clause.value[0], *RANKS[clause.subject])
        case _:
            yield from map(
                str, clause.value if isinstance(clause.value, tuple | list) else [clause.value] if clause.value else []
            )
    if clause.unless is not None:
        yield str(clause.unless.value)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_holds_all_names_numbers_and_members(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[words.Words] = []
    original = words.Words.__init__
    monkeypatch.setattr(words.Words, "__init__", lambda self, dice: (original(self, dice), drawn.append(self))[0])
    for seed in range(12):
        world = bank(f"{shape}/{seed}")
        told = [c for c in examples() if shape != "user_view" or not c.roles or "teller" in c.roles]
        document, name = policies.write(world, told, "teller", shape)
        assert shape in name
        text = (document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)).lower()
        plain = text.replace('\\"', '"').replace(",", "").replace("_", " ")
        said = shape in texts.SHAPES or name.startswith("mixed")
        for clause in told:
            missing = [
                a
                for a in atoms(world, clause, drawn[-1].scale, said)
                if a.lower().replace(",", "").replace("_", " ") not in plain and not (shape == "plain" and spoken(a) in plain)
            ]
            assert not missing, (clause, name, text)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_changed_value_changes_every_shape(shape: str) -> None:
    for clause in examples():
        if clause.kind in ("allow", "deny", "classes") or clause.value is None or (shape == "user_view" and clause.roles):
            continue
        value: Any = clause.value
        other: Any = value + 1 if isinstance(value, int | float) else "name"
        if isinstance(value, tuple | list):
            other = (value[0], value[0]) if clause.kind in ("hours", "period") else value[1:]
        elif isinstance(value, dict):
            other = {table: columns[1:] for table, columns in value.items()}
        elif clause.kind in ("owned", "apart", "versus", "first"):
            other = "check identity" if clause.kind != "first" else "send mail"
        told = [policies.write(bank("value"), [replace(clause, value=v)], "teller", shape)[0] for v in (value, other)]
        assert told[0] != told[1], clause


@pytest.mark.parametrize("shape", SHAPES)
def test_roles_are_said_and_decide(shape: str) -> None:
    """Whom a clause binds stands in the rendering: it changes with the roles."""
    clause = Clause("limit", ("pay transfer",), ("fraud analyst",), "amount", value=1234)
    written = []
    for roles in (("fraud analyst",), ("fraud analyst", "customer"), ()):
        world = bank("roles")
        written.append(policies.write(world, [replace(clause, roles=roles)], "fraud analyst", shape)[0])
    if shape != "user_view":
        assert len({json.dumps(document) for document in written}) == 3


@pytest.mark.parametrize("shape", SHAPES)
def test_two_rule_sets_are_written_alike_but_for_what_differs(shape: str) -> None:
    told = examples()
    own = Clause("total", ("pay transfer",), subject="amount", value=43210)
    same = 0
    for seed in range(10):
        written = [
            str(policies.write(bank(f"pair/{seed}"), some, "teller", shape)[0])
            for some in ([own, *told], [replace(own, value=43211), *told])
        ]
        assert written[0] != written[1]
        assert len({re.sub(r"43,?21[01]", "N", text) for text in written}) == 1
        fewer = str(policies.write(bank(f"pair/{seed}"), told, "teller", shape)[0])
        lines = [{part.strip() for part in re.split(r"[.\n{}\[\]]+", text)} for text in (written[0], fewer)]
        same += len(lines[0] & lines[1]) > 0.7 * len(lines[1])
    assert same >= 9 or shape in ("regulations", "triples", "flat", "policy_set", "rules")  # their numbers count the clauses


def test_at_least_the_asked_number_of_shapes_and_vocabularies() -> None:
    assert len(policies.SHAPES["train"]) >= 16
    assert set().union(*policies.SHAPES.values()) == set(SHAPES)
    assert all(len(set(pool)) == 20 for pool in words.POOLS.values())


def test_no_shape_is_in_two_splits() -> None:
    names = [shape for shapes in policies.SHAPES.values() for shape in shapes]
    assert len(names) == len(set(names))
    for split in SPLITS:
        world = bank("shapes", split)
        drawn = {policies.render(world, examples(), "teller")[1] for _ in range(150)}
        assert {n.removeprefix("mixed ").split()[0] for n in drawn} == set(policies.SHAPES[split])


def held_out() -> set[str]:
    """Words of documents that only validation or test may draw, and that nothing else is called."""
    train = {w for pool in words.POOLS.values() for i, w in enumerate(pool) if i % 10 < 8}
    return {w for pool in words.POOLS.values() for i, w in enumerate(pool) if i % 10 >= 8} - train


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from re.split(r"[.\[\]]", str(key))
            yield from keys(child)
    elif isinstance(value, list):
        for child in value:
            yield from keys(child)


def test_held_out_words_and_wordings_never_stand_in_training() -> None:
    drawn: dict[Split, set[str]] = {}
    said: dict[Split, str] = {}
    for split in SPLITS:
        world = bank("words", split)
        found: set[str] = set()
        lines: list[str] = []
        for shape in (*documents.SHAPES, "bullets", "letter", "handbook"):
            for _ in range(12):
                document = parse(policies.write(world, examples(), "teller", shape)[0])
                found |= set(keys(document)) if not isinstance(document, str) else set()
                lines.append(document if isinstance(document, str) else json.dumps(document))
        drawn[split], said[split] = found, "\n".join(lines)
    kept = held_out()
    tables = (documents.STATEMENTS, documents.TARGETS, documents.NESTED, documents.FLAGS, data._OPERATORS.values())
    assert not kept & {word for table in tables for row in table for word in row}
    assert not drawn["train"] & kept
    assert len(drawn["test"] & kept) > 15
    assert len(drawn["validation"] & kept) > 15
    assert not drawn["validation"] & drawn["test"] & kept
    for pool in (prose.FRAMES, prose.BOUND, prose.DENIED):
        for i, frame in enumerate(pool):
            fixed = max(re.split(r"\{\w\}", frame), key=len)
            if len(fixed) > 12:
                assert (fixed in said["train"]) <= (i % 10 < 8), frame


@pytest.mark.parametrize("split", SPLITS)
def test_policies_parse_as_what_they_are(split: Split) -> None:
    """JSON and YAML texts are read as objects, and prose as prose, all within the limits."""
    for seed in range(60):
        scene, situation = laid(seed, split)
        document, name = policies.render(scene.world, situation.clauses, situation.user.role)
        read = parse(document)
        shape, _, form = name.partition(" ")
        if shape in documents.SHAPES and form in ("yaml", "text"):
            assert isinstance(read, dict), document
        elif shape in texts.SHAPES and not form:
            assert isinstance(read, str), document
        assert 0 < len(parsed(document)) <= limits.MAX_CLAUSES


@pytest.mark.parametrize("shape", SHAPES)
def test_a_policy_of_400_rules_is_within_the_limits(shape: str) -> None:
    world = bank("long")
    document, _ = policies.write(world, examples(), "teller", shape, more=400 - len(examples()))
    assert len(parsed(document)) <= limits.MAX_CLAUSES
    text = document if isinstance(document, str) else json.dumps(document)
    assert len(text) <= limits.MAX_POLICY_TEXT
    assert shape == "user_view" or len(text) > 15_000


def test_a_few_per_cent_of_policies_are_long() -> None:
    sizes: list[int] = []
    for seed in range(300):
        world = bank(f"size/{seed}")
        sizes.append(len(parsed(policies.render(world, examples()[:5], "teller")[0])))
    assert 2 <= sum(size > 60 for size in sizes) <= 30


def test_fillers_decide_nothing() -> None:
    for seed in range(20):
        world = bank(f"fill/{seed}")
        clauses, foreign = fillers.draw(world, world.dice, 120)
        assert len(clauses) == 120
        assert len({(c.kind, c.tools, c.subject, c.roles) for c in clauses}) == 120
        assert not {key for c in clauses for key in c.tools} & set(world.tools)
        assert {key for c in clauses for key in c.tools} == set(foreign)
        assert all(world.user.role not in c.roles for c in clauses)


@pytest.mark.parametrize("value", [
    {"a": {"b": [1, 2.5, "x y", True, None, []], "on": "yes"}, "list": [{"k": "v", "n": {"m": -1}}, ["a"], {}]}, {"08:00": "1,5", "x ": "- y", "q": 'say "no"'}, {"a": {}},
])  # fmt: skip
def test_yaml_reads_back(value: Any) -> None:
    assert yaml.safe_load(to_yaml(value)) == value


def test_merging_never_loses_a_value() -> None:
    one, other = {"a": {"max": 1}}, {"a": {"min": 0}, "b": 2}
    assert merged(one, other) == {"a": {"max": 1, "min": 0}, "b": 2}
    assert one == {"a": {"max": 1}}
    with pytest.raises(Clash):
        merged({"a": {"max": 1}}, {"a": {"max": 2}})


def test_dialects_differ() -> None:
    assert len({json.dumps([d.looks, d.ops]) for d in DIALECTS}) == len(DIALECTS) == 10
