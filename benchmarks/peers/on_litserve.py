"""The graphs behind LitServe: `python -m benchmarks.peers.on_litserve`, in its environment."""

from __future__ import annotations

from typing import Any

import litserve
from starlette.responses import Response

from benchmarks.peers.scoring import Given, Scorer, encode


class Scoring(litserve.LitAPI):
    """A worker: LitServe hands it what waited, each body as parsed JSON."""

    def setup(self, device: str) -> None:  # noqa: ARG002  LitServe's signature
        self.score = Scorer()

    def predict(self, x: list[Any]) -> list[Response]:
        """Whole responses: what LitServe makes of a dict is slower."""
        return [Response(encode(answer), media_type="application/json") for answer in self.score(x)]


def main() -> None:
    given = Given.read()
    settings = given.settings
    api = Scoring(max_batch_size=settings["max_batch_size"], batch_timeout=settings["batch_timeout"], api_path="/score")
    server = litserve.LitServer(
        api, accelerator="cpu", workers_per_device=settings["workers"], fast_queue=settings["fast_queue"], timeout=30
    )
    server.run(
        host="127.0.0.1",
        port=given.port,
        num_api_servers=settings["api_servers"],
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
