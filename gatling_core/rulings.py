"""Rulings: what verdicts said of an argument with a value, as the model remembers it word for word.

A network that has seen an argument blamed a few times learns to suspect what stood around it. What was said of the argument itself is exact, so
it is kept as it is, beside the network: it costs the energy that the verdicts asked for, in the term of scope, and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from gatling_core import text
from gatling_core.errors import PackageRejected
from gatling_core.features.policy import Float, PolicyFeatures
from gatling_core.schemas import TERMS, Contract, Plan
from gatling_core.values import normal

FILE = "rulings.json"
SCOPE = TERMS.index("scope")
LONGEST = 64
"""Characters of a value that is remembered: longer ones are text that nobody repeats."""

Key = tuple[str, str]


class Ruling(Contract):
    """One argument with one value that breaks a rule about scope. It counts where the policy speaks of what the argument is called, and under
    `policies`.
    """

    argument: str
    value: str
    energy: float
    tools: list[str]
    """Of the calls that were judged."""
    policies: list[str] = Field(default_factory=list[str])
    """Digests of those under which verdicts said so though they do not speak of it by name."""
    everywhere: bool
    """Whether it counts for other tools too: verdicts on several said the same of it, or of arguments akin to it, and none the opposite."""


_Rulings = TypeAdapter(list[Ruling])


class Rulings:
    """The rulings of a package."""

    def __init__(self, rulings: Iterable[Ruling] = ()) -> None:
        self._by_key: dict[Key, Ruling] = {(ruling.argument, ruling.value): ruling for ruling in rulings}

    def __len__(self) -> int:
        return len(self._by_key)

    @classmethod
    def read(cls, package: Path) -> Rulings:
        """The rulings of a package; none, if it learned from no verdict that names an argument.

        Raises:
            PackageRejected: they cannot be read.
        """
        try:
            return cls(_Rulings.validate_json((package / FILE).read_bytes()))
        except FileNotFoundError:
            return cls()
        except (OSError, ValidationError) as error:
            raise PackageRejected(f"{package.name}/{FILE} cannot be read: {type(error).__name__}") from error

    def write(self, package: Path) -> None:
        """Put them, if there are any, into a package before it is sealed."""
        if self._by_key:
            (package / FILE).write_bytes(_Rulings.dump_json(list(self._by_key.values()), indent=1) + b"\n")

    def cost(self, plan: Plan, policy: PolicyFeatures) -> Float | None:
        """[N, 4]: the energy that they add to each call and term, of several the highest. None, if no ruling is about the plan."""
        if not self._by_key:
            return None
        found = [
            (n, ruling)
            for n, call in enumerate(plan.nodes)
            for name, value in call.arguments.items()
            if (key := key_of(name, value)) and (ruling := self._by_key.get(key))
            if (ruling.everywhere or call.tool_name in ruling.tools)
            and (policy.digest in ruling.policies or speaks_of(policy, name))
        ]
        if not found:
            return None
        table = np.zeros((len(plan.nodes), len(TERMS)), np.float32)
        for n, ruling in found:
            table[n, SCOPE] = max(table[n, SCOPE], ruling.energy)
        return table


def key_of(name: str, value: Any) -> Key | None:
    """The same for an argument however its name is spelled and its value is written; None for what is no single short value."""
    if not isinstance(value, (str, int, float)) or len(said := str(value)) > LONGEST:
        return None
    return " ".join(text.parts(name)).lower(), normal(said.lower())


def speaks_of(policy: PolicyFeatures, argument: str) -> bool:
    """Whether a clause has a telling word of an argument's name."""
    return bool((policy.by_word.count([telling_words(argument)])[0] > 0).any())


def telling_words(argument: str) -> frozenset[int]:
    """The ids of the words of full weight in an argument's name."""
    return text.heavy(frozenset(text.word_ids(argument)))
