"""A plan as a drawing: calls in layers from top to bottom, data flow as arrows, provenance as the shape of a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from gatling_core.schemas import TERMS, Case, NodeEnergy, Terms, ToolCall

BOX, GAP, MARGIN = (196, 66), (28, 46), 14
"""Width and height, in pixels."""
PER_ROW = 4
MAX_DRAWN = 80
_CUT = 12
_APART, _AROUND = 12, 56
_NAME = 21
_LEVELS = (0.5, 1.0, 2.0, 4.0, 6.0)
TIERS = {1: "user", 2: "partner", 3: "untrusted"}


@dataclass(frozen=True)
class Call:
    """A call with what the model says of it."""

    node: ToolCall
    energy: float
    terms: Terms

    @property
    def level(self) -> int:
        return level_of(self.energy)

    @property
    def tier(self) -> str:
        return TIERS.get(self.node.provenance_tier or 0, "unknown")

    @property
    def worst(self) -> str:
        """The term with most of the energy."""
        return max(TERMS, key=lambda term: getattr(self.terms, term))


@dataclass(frozen=True)
class Box:
    """A call with its upper left corner."""

    call: Call
    x: int
    y: int
    width: int = BOX[0]
    height: int = BOX[1]

    @property
    def name(self) -> str:
        name = self.call.node.tool_name
        return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"

    @property
    def outline(self) -> str:
        """The points of the cut corners of an untrusted call."""
        left, top, right, bottom = self.x, self.y, self.x + self.width, self.y + self.height
        return (
            f"{left + _CUT},{top} {right - _CUT},{top} {right},{top + _CUT} {right},{bottom - _CUT} "
            f"{right - _CUT},{bottom} {left + _CUT},{bottom} {left},{bottom - _CUT} {left},{top + _CUT}"
        )


@dataclass(frozen=True)
class Arrow:
    """`flow`: output of one call in an argument of another. `influence`: the call resembles that output."""

    kind: str
    path: str


@dataclass(frozen=True)
class Drawing:
    """A drawing with its size; `left_out` calls did not fit."""

    boxes: list[Box] = field(default_factory=list[Box])
    arrows: list[Arrow] = field(default_factory=list[Arrow])
    width: int = 0
    height: int = 0
    left_out: int = 0


def calls_of(case: Case, energies: Sequence[NodeEnergy]) -> list[Call]:
    """The calls of a plan in its order, with their energies."""
    known = {node.node_id: node for node in energies}
    none = NodeEnergy(node_id="", energy=0.0, terms=Terms())
    return [
        Call(node, known.get(node.node_id, none).energy, known.get(node.node_id, none).terms)
        for node in case.execution_plan.nodes
    ]


def blamable(case: Case) -> dict[str, tuple[str, str | None]]:
    """What a verdict may blame, by the value that a form sends: the node_id of a call, and an argument of it or none."""
    found: dict[str, tuple[str, str | None]] = {}
    for i, node in enumerate(case.execution_plan.nodes):
        found[f"{i}"] = (node.node_id, None)
        found |= {f"{i}.{k}": (node.node_id, name) for k, name in enumerate(node.arguments)}
    return found


def level_of(energy: float) -> int:
    """0 (calm) … 5 (hot): the colour of one call."""
    return sum(energy >= level for level in _LEVELS)


def draw(case: Case, calls: Sequence[Call]) -> Drawing:
    """The first MAX_DRAWN calls of a plan."""
    drawn = calls[:MAX_DRAWN]
    order = {call.node.node_id: i for i, call in enumerate(drawn)}
    flows = {(order[a], order[b]) for a, b in case.execution_plan.edges if a in order and b in order}
    influences = {
        (order[call.node.influence.source], i)
        for i, call in enumerate(drawn)
        if call.node.influence and call.node.influence.source in order
    }
    rows = _rows(len(drawn), flows | influences)
    boxes = _boxes(drawn, rows)
    arrows = [Arrow("flow", _path(boxes[a], boxes[b], -_APART)) for a, b in sorted(flows)]
    arrows += [Arrow("influence", _path(boxes[a], boxes[b], _APART)) for a, b in sorted(influences)]
    width = max(box.x + box.width for box in boxes.values()) + MARGIN + _AROUND
    height = max(box.y + box.height for box in boxes.values()) + MARGIN
    return Drawing([boxes[i] for i in range(len(drawn))], arrows, width, height, len(calls) - len(drawn))


def _rows(count: int, arrows: set[tuple[int, int]]) -> list[list[int]]:
    """Calls by their longest way from a start, at most PER_ROW beside each other. An arrow against the plan's order makes no layer."""
    depth = [0] * count
    parents: dict[int, list[int]] = defaultdict(list)
    for a, b in sorted(arrows):
        if a < b:
            parents[b].append(a)
    for i in range(count):
        depth[i] = max((depth[a] + 1 for a in parents[i]), default=0)
    rows: list[list[int]] = []
    for layer in range(max(depth) + 1):
        here = [i for i in range(count) if depth[i] == layer]
        rows += [here[i : i + PER_ROW] for i in range(0, len(here), PER_ROW)]
    return rows


def _boxes(calls: Sequence[Call], rows: Sequence[Sequence[int]]) -> dict[int, Box]:
    widest = max(map(len, rows))
    boxes: dict[int, Box] = {}
    for r, row in enumerate(rows):
        start = MARGIN + _AROUND + (widest - len(row)) * (BOX[0] + GAP[0]) // 2
        for c, i in enumerate(row):
            boxes[i] = Box(calls[i], start + c * (BOX[0] + GAP[0]), MARGIN + r * (BOX[1] + GAP[1]))
    return boxes


def _path(a: Box, b: Box, apart: int) -> str:
    """From the bottom of one call to the top of another, `apart` from their middle so that two kinds of arrow stay apart.

    Over other rows it bends to that side, so that the calls between do not hide it; back to a call above or beside it, it goes around.
    """
    side = 1 if apart > 0 else -1
    if b.y <= a.y:
        x1, x2 = (box.x + (box.width if side > 0 else 0) for box in (a, b))
        out, y1, y2 = max(x1 * side, x2 * side) * side + side * _AROUND, a.y + 2 * a.height // 3, b.y + b.height // 3
        return f"M{x1},{y1} C{out},{y1} {out},{y2} {x2 + 2 * side},{y2}"
    x1, x2, y1, y2 = a.x + a.width // 2 + apart, b.x + b.width // 2 + apart, a.y + a.height, b.y - 2
    bend = (y2 - y1) // 2
    over = side * (_AROUND + BOX[0] // 2) if y2 - y1 > BOX[1] + GAP[1] else 0
    return f"M{x1},{y1} C{x1 + over},{y1 + bend} {x2 + over},{y2 - bend} {x2},{y2}"
