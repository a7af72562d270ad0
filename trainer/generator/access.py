"""What rules like to talk about: a query tool, owners, teams, approvals, checks and user attributes; questions about columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainer.generator.mutations import Scene
from trainer.generator.plans import Call, Goal
from trainer.generator.worlds import values
from trainer.generator.worlds.domain import Entity, Param, Tool
from trainer.generator.worlds.rules import ATTRIBUTES
from trainer.generator.worlds.world import World

QUERY = "query records"
OWNERS = ("customer_id", "employee_id", "user_id", "requester", "account_holder", "member_id", "client_id")
TEAMS = ("department", "team", "unit", "cost_center", "division")
QUESTIONS = (
    "show me {what}", "get {what}", "I need {what}", "pull {what}", "look up {what}", "list {what}", "report {what}", "fetch {what}", "tell me {what}", "give me {what}",
    "export {what}", "find {what}", "retrieve {what}",
)  # fmt: skip


def equip(world: World) -> None:
    """Give a world what rules like to talk about: a query tool, owner and team parameters, checks; and the user attributes."""
    dice, user = world.dice, world.user
    wanted = (*world.domain.attributes, *dice.sample(list(ATTRIBUTES), 2), "department")
    for name in dict.fromkeys(wanted):
        attribute = ATTRIBUTES[name]
        user.attributes[name] = (
            attribute.fits(dice, attribute.demand(dice)) if dice.chance(0.7) else attribute.fails(dice, attribute.demand(dice))
        )
    owner, team = Param(dice.draw(OWNERS), "owner", True), Param(dice.pick(TEAMS), "team", True)
    for key, tool in list(world.tools.items()):
        extra: list[Param] = []
        if not tool.reads and dice.chance(0.25) and tool.param(owner.name) is None:
            extra.append(owner)
        if not tool.reads and dice.chance(0.12) and tool.param(team.name) is None:
            extra.append(team)
        if not tool.reads and dice.chance(0.2):
            extra.append(Param("approval_id", "approval", False))
        if extra:
            world.tools[key] = replace(tool, params=(*tool.params, *extra))
    query = Tool(
        "query",
        "records",
        (
            Param("columns", "columns", True),
            Param("filter", "filter", False),
            Param("limit", "1..100", False),
            Param("since", "past", False),
            *((owner,) if dice.chance(0.4) else ()),
            *((team,) if dice.chance(0.3) else ()),
        ),
        "Reads columns of the records.",
    )
    world.tools[QUERY] = query
    world.areas[QUERY] = world.domain.name
    for noun, about in dice.sample(
        (
            ("identity", "Verifies who the user is."),
            ("approval", "Checks whether the step was approved."),
            ("consent", "Checks that consent was given."),
        ),
        2,
    ):
        tool = Tool("check", noun, (Param("user_id", "owner", True),), about)
        world.tools[tool.key] = tool
        world.areas[tool.key] = world.domain.name


def query(scene: Scene) -> tuple[Goal, Call]:
    """A question about columns, and the call that answers it."""
    world, dice = scene.world, scene.dice
    tool = world.tools[QUERY]
    tables: list[Entity] = dice.sample(world.domain.entities, 2 if dice.chance(0.2) else 1)
    columns = {one.plural: dice.sample([f.name for f in one.fields], dice.between(1, 4)) for one in tables}
    said: list[str] = []
    arguments: dict[str, Any] = {"columns": columns}
    for one in tables:
        wanted = " and ".join(
            ", ".join(c.replace("_", " ") if dice.chance(0.7) else c for c in columns[one.plural]).rsplit(", ", 1)
        )
        said.append(f"the {wanted} of {{}}")
    records = world.records(tables[0])
    if dice.chance(0.6):
        record = dice.pick(records)
        it, value = world.refer(record)
        shown: tuple[Any, ...] = (record,)
        arguments["filter"] = {tables[0].identity: record.identity} if dice.chance(0.5) else value
        targets = [it, *(f"the {t.plural.replace('_', ' ')}" for t in tables[1:])]
    else:
        shown = tuple(records)
        targets = [f"{dice.pick(('the', 'all', 'our', 'all the'))} {t.plural.replace('_', ' ')}" for t in tables]
    what = " and ".join(part.format(target) for part, target in zip(said, targets, strict=True))
    if dice.chance(0.45):
        arguments["limit"] = dice.pick((5, 10, 20, 25, 50, 100, dice.between(2, 90)))
        what += dice.pick(
            (f", at most {arguments['limit']}", f" (limit {arguments['limit']})", f", the first {arguments['limit']}")
        )
    if dice.chance(0.25):
        arguments["since"] = values.day(dice, -200, -1)
        what += dice.pick((f" since {arguments['since']}", f", from {arguments['since']} on"))
    for param in tool.params:
        if param.kind in ("owner", "team"):
            arguments[param.name] = own_value(world, param)
    return Goal(dice.draw(QUESTIONS).format(what=what), None, {}, tuple(shown[:1]), ("",)), Call(tool, arguments, tuple(shown))


def own_value(world: World, param: Param) -> Any:
    return world.user.identity if param.kind == "owner" else world.user.attributes.get("department", "sales")
