"""What every peer serves: cases in, answers out, by the runtime that Gatling itself serves with. Runs in a peer's own environment."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import msgspec

from gatling_core.runtime import Model, Score
from gatling_core.schemas import Case

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "shipped"


@dataclass(frozen=True)
class Given:
    """What the driver asks of a peer: where to listen and how to batch."""

    port: int
    settings: dict[str, Any]

    @classmethod
    def read(cls) -> Self:
        """From the environment, because some peers import their service again in processes of their own."""
        return cls(int(os.environ["PEER_PORT"]), json.loads(os.environ["PEER_SETTINGS"]))

    def variables(self) -> dict[str, str]:
        return {"PEER_PORT": str(self.port), "PEER_SETTINGS": json.dumps(self.settings)}


def decode(body: bytes | str) -> Any:
    """A case as its JSON says."""
    return msgspec.json.decode(body)


def encode(answer: dict[str, Any]) -> bytes:
    return msgspec.json.encode(answer)


class Scorer:
    """The batch function: the shipped model, one thread a session, with its policy cache."""

    def __init__(self) -> None:
        self._model = Model.load(PACKAGE)

    def __call__(self, documents: Sequence[Any]) -> list[dict[str, Any]]:
        return [_answer(score) for score in self._model.score([Case.model_validate(document) for document in documents])]


def _answer(score: Score) -> dict[str, Any]:
    return {
        "energy": score.energy,
        "terms": score.terms.model_dump(),
        "nodes": [node.model_dump() for node in score.nodes],
        "policy_digest": score.policy_digest,
    }
