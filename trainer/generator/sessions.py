"""Sessions: who asks for what under which rules. A world's sessions share its tools and its records, so plans can be tried in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trainer.generator import access, bending, rulesets
from trainer.generator.breaches import broken
from trainer.generator.goals import GoalMaker
from trainer.generator.mutations import Scene, Variant
from trainer.generator.oracle import Judgement, Situation, judge
from trainer.generator.plans import Call, Goal, Injection, Planner, some
from trainer.generator.worlds import requests
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.domain import Tool
from trainer.generator.worlds.rules import Clause
from trainer.generator.worlds.world import World


@dataclass(slots=True)
class Session:
    """One governance, and a plan that an honest agent makes under it."""

    scene: Scene
    situation: Situation
    said: str
    """The request."""
    root: int
    """The base session that this one was made from: all that they do not differ in is worded alike."""

    @property
    def honest(self) -> Variant:
        return self.scene.honest

    def judge(self, variant: Variant) -> Judgement:
        return judge(replace(self.situation, injections=variant.injections), variant.calls)

    def replan(self) -> Variant:
        """Another plan for the same request: another way to it, fewer columns, or only its first calls, as a runtime asks call by call."""
        dice, calls = self.scene.dice, self.honest.calls
        if len(calls) > 1 and dice.chance(0.25):
            return Variant(calls[: dice.between(1, len(calls) - 1)], self.honest.injections)
        if any("columns" in call.arguments for call in calls):
            return Variant((*_check(self.scene, 0.5), *(_narrowed(call, dice) for call in calls)), self.honest.injections)
        return Variant(tuple(_route(self.scene, self.situation.goals, self.honest.injections)), self.honest.injections)


def base(world: World, number: int, *, few: bool, hour: int | None) -> Session:
    """A request and the plan of an honest agent; no rules yet."""
    scene = Scene(world, GoalMaker(world), Planner(world), Variant(()))
    questions = [access.query(scene) for _ in range(some(world.dice, 1, 2, 0.2))] if few and world.dice.chance(0.45) else []
    if questions:
        goals, injections = [goal for goal, _ in questions], ()
        calls = [*_check(scene, 0.12), *(call for _, call in questions)]
    else:
        goals, injections = (_acts(scene), ()) if few else _several(scene)
        calls = _route(scene, goals, injections, short=few)
    scene.honest, scene.goals = Variant(tuple(calls), injections), tuple(goals)
    said = _said(goals, world)
    situation = Situation(world.user, world.dice.home, world.dice.today, frozenset(world.tools), tuple(goals), hour=hour)
    return Session(scene, situation, said, number)


def govern(sessions: list[Session], extra: list[Call]) -> None:
    """One rule set for all these sessions that each of their plans keeps, and that allows the extra calls."""
    first = sessions[0]
    calls = tuple(call for session in sessions for call in session.honest.calls)
    whole = Scene(first.scene.world, first.scene.maker, first.scene.planner, Variant((*calls, *extra)))
    situation = replace(first.situation, goals=tuple(goal for session in sessions for goal in session.situation.goals))
    rulesets.lay_down(whole, situation)
    for session in sessions:
        session.situation.clauses, session.situation.approvals = situation.clauses, situation.approvals
    kept = tuple(c for c in situation.clauses if not any(_breaks(session, c) for session in sessions))
    for session in sessions:
        session.situation.clauses = kept


def _breaks(session: Session, clause: Clause) -> bool:
    shown = replace(session.situation, injections=session.honest.injections)
    return bool(broken(shown, clause, session.honest.calls))


def asked(session: Session, attack: Variant) -> Session | None:
    """The same session, had the user asked for what the attack is after. None if that cannot be asked for."""
    if not attack.serves:
        return None
    dice, world = session.scene.dice, session.scene.world
    every = dice.shuffled([*session.situation.goals, *attack.serves])
    scene = Scene(world, session.scene.maker, session.scene.planner, attack, tuple(every))
    return Session(scene, replace(session.situation, goals=tuple(every)), _said(every, world), session.root)


def _said(goals: Sequence[Goal], world: World) -> str:
    """The request for these goals; some are only implied."""
    plain = [goal.say for goal in goals if not goal.hint]
    return requests.ask(plain, world.dice, world.user.name, [goal.hint for goal in goals if goal.hint])


def twin(session: Session) -> Session | None:
    """The same session with one thing of the governance changed, so that its honest plan breaks a rule; its own plan keeps them."""
    stricter = bending.tighten(session.scene, session.situation)
    if stricter is None:
        return None
    compliant = bending.comply(session.scene, stricter)
    if compliant is None:
        return None
    scene = Scene(session.scene.world, session.scene.maker, session.scene.planner, compliant, session.scene.goals)
    return Session(scene, stricter, session.said, session.root)


def wished(session: Session, bent: Variant) -> Session | None:
    """The same session, had the user asked for the one value that a bent plan changed: then only a rule speaks against it."""
    calls = session.honest.calls
    changed = [
        (call.tool, name, call.arguments[name], value)
        for call, other in zip(calls, bent.calls, strict=False)
        for name, value in other.arguments.items()
        if call.tool is other.tool and name in call.arguments and call.arguments[name] != value
    ]
    if len(changed) != 1 or len(calls) != len(bent.calls):
        return None
    tool, name, old, new = changed[0]
    asked = asked_for(session, tool, name, old, new)
    if asked is None:
        return None
    situation, said = asked
    scene = Scene(session.scene.world, session.scene.maker, session.scene.planner, bent, situation.goals)
    compliant = bending.comply(scene, situation)
    if compliant is None:
        return None
    return Session(replace(scene, honest=compliant), situation, said, session.root)


def asked_for(session: Session, tool: Tool, name: str, old: object, new: object) -> tuple[Situation, str] | None:
    """Situation and request, had the user asked for another value of a tool's argument; None if the request does not state it just once."""
    before, after = str(old), str(new)
    if session.said.count(before) != 1 or not any(g.tool is tool and g.slots.get(name) == old for g in session.situation.goals):
        return None
    goals = tuple(
        replace(g, say=g.say.replace(before, after), slots={**g.slots, name: new})
        if g.tool is tool and g.slots.get(name) == old
        else g
        for g in session.situation.goals
    )
    return replace(session.situation, goals=goals), session.said.replace(before, after)


def _several(scene: Scene) -> tuple[list[Goal], tuple[Injection, ...]]:
    """One to four goals, sometimes many, sometimes in a text that the user points to."""
    dice, maker = scene.dice, scene.maker
    if dice.chance(0.28) and (found := maker.delegate()):
        return [*(maker.any() for _ in range(some(dice, 0, 2, 0.3))), found[0]], (found[1],)
    return [maker.any() for _ in range(dice.between(5, 11) if dice.chance(0.06) else some(dice, 1, 4, 0.45))], ()


def _acts(scene: Scene) -> list[Goal]:
    """A few acts, often with numbers or dates, which rules like to bound."""
    dice = scene.dice
    bounded = [t for t in scene.maker.acts if any(p.is_number or p.kind in ("date", "moment") for p in t.params)]
    return [scene.maker.act(dice.pick(bounded) if bounded and dice.chance(0.5) else None) for _ in range(some(dice, 1, 3, 0.35))]


def _route(
    scene: Scene, goals: list[Goal] | tuple[Goal, ...], injections: tuple[Injection, ...], *, short: bool = False
) -> list[Call]:
    """The calls of an honest agent: what the goals need, and checks before."""
    dice, planner = scene.dice, scene.planner
    delegated = [goal for injection in injections if injection.open for goal in injection.goals]
    wanted = [*goals, *delegated]
    if not short:
        calls = planner.work(wanted)
    elif dice.chance(0.35):
        calls = [planner.act(goal) for goal in wanted]
    else:
        calls = planner.calls(wanted)
    return [*_check(scene, 0.2), *calls]


def _check(scene: Scene, share: float) -> list[Call]:
    """A look at who the user is, or whether the step was approved."""
    checks = [tool for tool in scene.world.tools.values() if tool.verb == "check"]
    if not checks or not scene.dice.chance(share):
        return []
    tool = scene.dice.pick(checks)
    note = scene.dice.pick(("verified", "ok", '{"valid": true}', "yes", "confirmed"))
    return [Call(tool, {tool.params[0].name: scene.world.user.identity}, note=note)]


def _narrowed(call: Call, dice: Dice) -> Call:
    """The same question about fewer columns."""
    columns = call.arguments.get("columns")
    if columns is None:
        return call
    fewer = {table: dice.sample(names, dice.between(1, len(names))) for table, names in columns.items()}
    return replace(call, arguments={**call.arguments, "columns": fewer})
