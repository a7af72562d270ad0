"""The peers: what is installed, which settings of their adaptive batching are tried, and how each wants a case."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Settings = Mapping[str, Any]


class Unavailable(Exception):
    """A peer that cannot be installed or started, or answers something else. Says the line that it ended with."""


def _as_it_is(body: bytes) -> bytes:
    return body


@dataclass(frozen=True)
class Peer:
    """A model server beside Gatling; `benchmarks.peers.on_{name}` starts it."""

    name: str
    requirement: str
    settings: tuple[Settings, ...]
    """Tried in this order; the best is measured. Batches of 32 at most, as in Gatling: the runtime runs no larger ones.
    Names in capitals are environment variables."""
    path: str = "/score"
    wrap: Callable[[bytes], bytes] = _as_it_is
    """The body for a case, in the envelope that the peer's batching asks for."""
    unwrap: Callable[[bytes], Any] = json.loads
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


def _as_input(body: bytes) -> bytes:
    """A request of the Open Inference Protocol: the only one whose batches MLServer forms."""
    tensor = {"name": "case", "shape": [1], "datatype": "BYTES", "data": [body.decode()]}
    return json.dumps({"inputs": [tensor]}).encode()


def _from_output(answer: bytes) -> Any:
    return json.loads(json.loads(answer)["outputs"][0]["data"][0])


def _tried(fixed: Settings, *changes: Settings) -> tuple[Settings, ...]:
    return tuple({**fixed, **change} for change in changes)


PEERS = (
    Peer(
        name="litserve",
        requirement="litserve==0.2.19",
        settings=_tried(
            {"max_batch_size": 32, "batch_timeout": 0.001, "workers": 1, "api_servers": 1, "fast_queue": True},
            {}, {"workers": 2}, {"batch_timeout": 0.005}, {"batch_timeout": 0.005, "workers": 2}, {"fast_queue": False},
        ),
    ),
    Peer(
        name="mlserver",
        requirement="mlserver==1.7.1",
        settings=_tried(
            {"max_batch_size": 32, "max_batch_time": 0.001, "parallel_workers": 0},
            {}, {"max_batch_time": 0.005}, {"parallel_workers": 1}, {"parallel_workers": 2}, {"max_batch_size": 8},
        ),
        path="/v2/models/gatling/infer",
        wrap=_as_input,
        unwrap=_from_output,
    ),
    Peer(
        name="bentoml",
        requirement="bentoml==1.4.40",
        settings=_tried(
            {"max_batch_size": 32, "max_latency_ms": 1_000, "workers": 2, "threads": 1},
            {}, {"workers": 1}, {"max_batch_size": 8}, {"max_latency_ms": 10_000},
        ),
        wrap=lambda body: b'{"cases":[' + body + b"]}",
        unwrap=lambda answer: json.loads(answer)[0],
        variables={"BENTOML_DO_NOT_TRACK": "True"},
    ),
    Peer(
        name="ray",
        requirement="ray[serve]==2.60.0",
        settings=_tried(
            {
                "max_batch_size": 32, "batch_wait_timeout_s": 0.001, "max_concurrent_batches": 2, "replicas": 1,
                "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
            },
            {}, {"RAY_SERVE_THROUGHPUT_OPTIMIZED": "0"}, {"batch_wait_timeout_s": 0.005}, {"max_concurrent_batches": 1, "replicas": 2},
        ),
        variables={"RAY_USAGE_STATS_ENABLED": "0"},
    ),
)  # fmt: skip
