"""The graphs behind Ray Serve: `python -m benchmarks.peers.on_ray`, in its environment."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import ray
from ray import serve
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.peers.scoring import Given, Scorer, decode, encode

_GIVEN = Given.read()
_OBJECTS_BYTES = 100 * 1024 * 1024


@serve.deployment(
    num_replicas=_GIVEN.settings["replicas"],
    max_ongoing_requests=1_024,
    ray_actor_options={"num_cpus": 0},
    logging_config={"enable_access_log": False},
)
class Scoring:
    """A replica: its requests wait for each other in Ray Serve's batch queue."""

    def __init__(self) -> None:
        self._score = Scorer()

    @serve.batch(
        max_batch_size=_GIVEN.settings["max_batch_size"],
        batch_wait_timeout_s=_GIVEN.settings["batch_wait_timeout_s"],
        max_concurrent_batches=_GIVEN.settings["max_concurrent_batches"],
    )
    async def _batch(self, bodies: list[bytes]) -> list[bytes]:
        """In a thread: the loop that collects the next batch must go on."""
        return await asyncio.to_thread(lambda: [encode(answer) for answer in self._score([decode(body) for body in bodies])])

    async def __call__(self, request: Request) -> Response:
        return Response(await self._batch(await request.body()), media_type="application/json")


def main() -> None:
    ray.init(include_dashboard=False, log_to_driver=False, object_store_memory=_OBJECTS_BYTES, _temp_dir=str(Path.cwd()))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # only now: Ray sets one of its own, which aborts
    try:
        serve.start(http_options={"host": "127.0.0.1", "port": _GIVEN.port})
        serve.run(Scoring.bind(), route_prefix="/score")
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        serve.shutdown()
        ray.shutdown()


if __name__ == "__main__":
    main()
