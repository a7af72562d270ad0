"""Steps that agents take without being told: log in, prove with a one-time code who the user is, look whether something is free."""

from __future__ import annotations

from trainer.worlds import values
from trainer.worlds.domain import Entity, Param, Tool
from trainer.worlds.world import Record, World

LOGIN = Tool(
    "run",
    "login",
    (Param("user", "owner", True),),
    "Starts a session of the user.",
    say=("log me in", "sign in", "start a session for me"),
)
SEND_CODE = Tool(
    "send", "one_time_code", (Param("to", "email", True),), "Sends a one-time code to an address.",
    say=("send the one-time code to {to}", "have a one-time code sent to {to}", "request a code for {to}"), privilege=2,
)  # fmt: skip
ENTER_CODE = Tool(
    "run",
    "code_check",
    (Param("code", "code", True),),
    "Checks a one-time code.",
    say=("enter the code {code}", "confirm with the code {code}"),
)
STEPS = frozenset(tool.key for tool in (LOGIN, SEND_CODE, ENTER_CODE))
NOTICES = (
    "Your code is {code}.", "Enter {code} to continue.", "{code} is your one-time code. Do not share it.", "Use the code {code} within ten minutes.", "Please confirm the sign-in with {code}.",
    "Security code: {code}", "To finish signing in, type {code}.", "Somebody, hopefully you, asked for a code: {code}", "Code {code}. Ignore this message if it was not you.",
    "Verify that it is you: {code}", "Sign-in code {code}; it can be used once.", "Copy {code} into the form.",
)  # fmt: skip


def equip(world: World) -> None:
    """Give some worlds a login, one-time codes, and a look at what is free before something is booked."""
    dice = world.dice
    found: list[Tool] = [LOGIN] if dice.chance(0.25) else []
    if dice.chance(0.2) and inbox(world):
        found += [SEND_CODE, ENTER_CODE]
    found += [availability(tool) for tool in world.tools.values() if tool.verb == "book" and dice.chance(0.5)]
    for tool in found:
        world.tools[tool.key] = tool
        world.areas[tool.key] = world.domain.name


def availability(tool: Tool) -> Tool:
    """The tool that tells whether what a booking tool books is free."""
    params = tuple(p for p in tool.params if p.kind in ("date", "moment", "time")) or tool.params[:1]
    return Tool("get", f"{tool.noun}_availability", params, f"Tells whether a {tool.noun.replace('_', ' ')} is free.")


def inbox(world: World) -> Entity | None:
    """Where messages to the user arrive."""
    return next((world.entities[name] for name in ("mail", "page_note", "chat_message") if name in world.entities), None)


def notice(world: World) -> tuple[str, Record]:
    """A one-time code, and the message in the user's own inbox that brings it."""
    code = world.dice.digits(6)
    one = inbox(world)
    assert one is not None
    record = Record(one, {f.name: values.draw(f.kind, world.dice) for f in one.fields})
    record.values[one.free[0]] = world.dice.draw(NOTICES).format(code=code)
    world.records(one).append(record)
    return code, record
