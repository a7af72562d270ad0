"""The graphs behind BentoML: `python -m benchmarks.peers.on_bentoml`, in its environment."""

from __future__ import annotations

import os
import sys
from typing import Any

import bentoml

from benchmarks.peers.scoring import ROOT, Given, Scorer

_GIVEN = Given.read()


@bentoml.service(
    name="gatling",
    workers=_GIVEN.settings["workers"],
    threads=_GIVEN.settings["threads"],
    traffic={"timeout": 30},
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
)
class Scoring:
    """A worker: BentoML's dispatcher joins the lists of the requests of a batch."""

    def __init__(self) -> None:
        self._score = Scorer()

    @bentoml.api(
        route="/score",
        batchable=True,
        max_batch_size=_GIVEN.settings["max_batch_size"],
        max_latency_ms=_GIVEN.settings["max_latency_ms"],
    )
    def score(self, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return self._score(cases)


def main() -> None:
    service = f"{__spec__.name}:Scoring"
    options = ["--host", "127.0.0.1", "--port", str(_GIVEN.port), "--working-dir", str(ROOT)]
    os.execv(sys.executable, [sys.executable, "-m", "bentoml", "serve", service, *options])  # noqa: S606


if __name__ == "__main__":
    main()
