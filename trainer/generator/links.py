"""Addresses in texts, and what stands behind them: agents open what a message links to, and go on with what they find there."""

from __future__ import annotations

from trainer.generator.worlds.domain import Entity, Field
from trainer.generator.worlds.world import World, reading

SHARE = 0.45
"""Of the worlds that could have links, those that do."""
PAGES = (
    ("essay", "url"), ("site", "link"), ("html_page", "url"), ("blog_post", "permalink"), ("wiki_page", "href"), ("paste", "location"), ("paper", "source"),
    ("press_item", "web_address"), ("shared_file", "uri"), ("forum_thread", "url"), ("landing_page", "address"), ("bulletin", "address"), ("online_form", "link"),
)  # fmt: skip
"""What is read by its address, and what its reading tool calls that."""
POINTERS = (
    "See {url}", "More at {url}.", "{url}", "The full text is here: {url}", "I found this interesting: {url}", "Everything stands at {url}.", "Please look at {url} when you can.", "link: {url}",
    "Details: {url}", "({url})", "As described on {url}.", "Read on at {url}", "I put it at {url}", "New one up: {url}.", "Have you seen {url} yet?", "Source: {url}", "It is all on {url}, as always.",
    "<{url}>", "Here you go: {url}",
)  # fmt: skip


def equip(world: World) -> None:
    """Give some worlds texts that hold the addresses of pages."""
    dice = world.dice
    pages = [one for one in world.entities.values() if one.free and one.fields[0].kind == "url"]
    texts = [one for one in world.entities.values() if one.free and one not in pages]
    if not texts or not dice.chance(SHARE):
        return
    one = dice.pick(pages) if pages else _offer(world)
    for page in world.records(one):
        record = dice.pick(world.records(dice.pick(texts)))
        places = [f.name for f in record.entity.fields[1:] if f.kind == "url"]
        if places and dice.chance(0.4):
            record.values[places[0]] = page.identity
        else:
            text = record.entity.free[0]
            pointer = dice.draw(POINTERS).format(url=page.identity)
            record.values[text] = " ".join(dice.shuffled([str(record.values[text]), pointer]))
        world.links.append((record, page))


def _offer(world: World) -> Entity:
    """Pages, and a tool that reads one by its address."""
    noun, address = world.dice.draw(PAGES)
    fields = (Field(address, "url", 1, False), Field("title", "title", 1, False), Field("text", "text", 1, True))
    words = noun.replace("_", " ")
    one = Entity(
        noun, f"{noun}s", fields, (f"{{{address}}}", f"the {words} {{{address}}}", f"the {words} at {{{address}}}"), 1, ("get",)
    )
    world.entities[noun] = one
    tool = reading("get", one)
    world.tools[tool.key], world.areas[tool.key] = tool, world.domain.name
    return one
