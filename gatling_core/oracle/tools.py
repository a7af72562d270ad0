"""The tools of a case: their arguments, and whether a name says that they only read."""

from __future__ import annotations

import re
from typing import Any, cast

from gatling_core.oracle.words import ACTING, READING
from gatling_core.schemas import Case

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Tools:
    """What a case tells of tools, by their declarations and by its calls."""

    def __init__(self, case: Case) -> None:
        self._declared: dict[str, frozenset[str]] = {}
        self.descriptions: list[str] = []
        for tool in case.tools:
            function = tool.get("function", tool)
            if isinstance(function, dict) and isinstance(function.get("name"), str):
                self._declared[cast("str", function["name"])] = _properties(function)
                self.descriptions.append(str(function.get("description", "")))
        self._called: dict[str, set[str]] = {}
        for node in case.execution_plan.nodes:
            self._called.setdefault(node.tool_name, set()).update(node.arguments)

    def parameters(self, tool: str) -> frozenset[str]:
        """The names of a tool's arguments, or of all tools' (`*`), as far as the case tells."""
        if tool == "*":
            return frozenset().union(*self._declared.values(), *self._called.values())
        return self._declared.get(tool, frozenset()).union(self._called.get(tool, ()))

    def declares(self, tool: str) -> bool:
        """Whether the case has the tool's declaration: then it has no other arguments."""
        return tool in self._declared

    def lacks(self, tool: str, parameter: str) -> bool:
        """Whether it is certain that a tool has no such argument."""
        return self.declares(tool) and parameter not in self.parameters(tool)

    @property
    def closed(self) -> bool:
        """Whether the case says which tools there are."""
        return bool(self._declared)


def own_name(tool: str) -> str:
    """What a tool itself is called, without its server, service or area: `mcp__mail__send` is `send`."""
    return tool.rpartition("__")[2].rpartition(".")[2] or tool


def reads(tool: str) -> bool:
    """Whether the name of a tool says that it looks at things, and nothing else."""
    words = {word.lower() for word in _WORD.findall(own_name(tool))}
    return not READING.isdisjoint(words) and ACTING.isdisjoint(words)


def _properties(function: dict[str, Any]) -> frozenset[str]:
    parameters = function.get("parameters")
    properties = cast("dict[str, Any]", parameters).get("properties") if isinstance(parameters, dict) else None
    return frozenset(cast("dict[str, Any]", properties)) if isinstance(properties, dict) else frozenset()
