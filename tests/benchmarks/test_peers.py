"""The bookkeeping of the side-by-side measurement: medians over rounds, the ratio to the best peer, what counts as the same answer."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from copy import deepcopy
from typing import Any

import pytest

from benchmarks import family
from benchmarks.load import Load
from benchmarks.peers.peer import PEERS, Peer
from benchmarks.peers.table import Measured, Table
from benchmarks.peers.target import says_the_same

ANSWER: dict[str, Any] = {
    "energy": 3.0,
    "terms": {"hierarchy": 0.0, "provenance": 0.0, "scope": 2.0, "flow": 1.0},
    "nodes": [{"node_id": "a", "terms": {"hierarchy": 0.0, "provenance": 0.0, "scope": 2.0, "flow": 1.0}}],
}


def load(per_s: float, p99_ms: float = 10.0, *, failed: int = 0) -> Measured:
    return Measured(Load(per_s=per_s, p50_ms=p99_ms / 2, p99_ms=p99_ms, requests=100, failed=failed, cpu_s=0.0), cpu_s=2.0)


def table(**rounds: list[Measured]) -> Table:
    """The servers' loads at concurrency 16, added round by round as they are measured."""
    found = Table()
    for loads in zip(*rounds.values(), strict=True):
        for server, one in zip(rounds, loads, strict=True):
            found.add(server, 16, one)
    return found


def test_medians_are_over_the_rounds_of_one_server_and_one_concurrency() -> None:
    found = table(gatling=[load(900, 3), load(100, 90), load(1_000, 4)], ray=[load(10), load(30), load(20)])
    found.add("gatling", 1, load(50, 1))
    one, sixteen = found.lines()
    assert (one["concurrency"], sixteen["concurrency"]) == (1, 16)
    assert one["servers"] == {"gatling": {"per_s": 50, "p50_ms": 0.5, "p99_ms": 1, "per_cpu_s": 50, "failed": 0, "rounds": 1}}
    assert sixteen["servers"]["gatling"] == {"per_s": 900, "p50_ms": 2, "p99_ms": 4, "per_cpu_s": 50, "failed": 0, "rounds": 3}
    assert sixteen["servers"]["ray"]["per_s"] == 20


def test_the_ratio_is_to_the_best_median_not_to_the_best_round() -> None:
    lucky, steady = [load(10, 8), load(500, 8), load(20, 8)], [load(100, 20)] * 3
    (line,) = table(gatling=[load(300, 10)] * 3, lucky=lucky, steady=steady).lines()
    assert (line["best"], line["ratio"]) == ("steady", 3.0)
    assert (line["lowest_p99"], line["p99_ratio"]) == ("lucky", 1.25), "the lowest p99 may be another peer's"


def test_a_server_that_is_slower_than_the_best_peer_says_so() -> None:
    (line,) = table(gatling=[load(50, 30)], ray=[load(100, 10)]).lines()
    assert (line["ratio"], line["p99_ratio"]) == (0.5, 3.0)


@pytest.mark.parametrize("rounds", [{"gatling": 50}, {"gatling": 50, "ray": 0}, {"gatling": 0, "ray": 50}])
def test_without_two_that_scored_there_is_no_ratio(rounds: dict[str, float]) -> None:
    (line,) = table(**{server: [load(per_s)] for server, per_s in rounds.items()}).lines()
    assert set(line) == {"concurrency", "servers"}
    assert set(line["servers"]) == set(rounds)


def test_refused_cases_do_not_count_as_scored() -> None:
    some, none = load(1_000, failed=75), load(1_000, failed=1_000)
    assert (some.per_s, some.per_cpu_s) == (250, 12.5)
    assert (none.per_s, none.per_cpu_s) == (0, 0), "a socket error can come on top of a refusal"
    (line,) = table(gatling=[load(100)], refusing=[load(1_000, 0.1, failed=100)], slow=[load(50)]).lines()
    assert (line["best"], line["lowest_p99"]) == ("slow", "slow"), "who scores nothing is no peer to be measured by"
    assert line["servers"]["refusing"]["failed"] == 100


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_every_peer_is_sent_the_same_case(peer: Peer) -> None:
    case = {"policy": 'say "no"', "execution_plan": {"nodes": [{"tool_name": "mail.send"}], "edges": []}}
    wrapped = peer.wrap(json.dumps(case).encode())
    assert json.dumps(case) in (wrapped.decode(), *_texts(json.loads(wrapped)))
    assert b"\n" not in wrapped, "the load generator reads one body a line"


def _texts(value: Any) -> list[str]:
    """Every part of a document, as JSON or as the text that it is."""
    own = [value] if isinstance(value, str) else [json.dumps(value)]
    below: list[Any] = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return own + [text for item in below for text in _texts(item)]


def test_an_answer_is_the_same_to_rounding_and_with_every_call() -> None:
    assert same({**ANSWER, "energy": 3.000_01, "decision": "review"})
    other = deepcopy(ANSWER)
    other["nodes"][0]["terms"]["flow"] = 1.01
    assert not same(other)
    assert not same({**ANSWER, "nodes": []})
    assert not same({"error": "overloaded"})
    assert not says_the_same(b"<html>", json.loads, ANSWER)


def same(answer: dict[str, Any]) -> bool:
    return says_the_same(json.dumps(answer).encode(), json.loads, ANSWER)


def test_all_processes_of_a_server_are_found_and_killed() -> None:
    """Also those that its leader has left behind, and one with a session of its own."""
    sleeper = "subprocess.Popen([sys.executable, '-c', 'import os, time; sum(range(3_000_000)); os.write(1, bytes(1)); time.sleep(60)'], start_new_session={own})"
    code = f"import subprocess, sys; {sleeper.format(own=False)}; {sleeper.format(own=True)}; input()"
    leader = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    with leader:
        assert leader.stdout
        assert leader.stdout.read(2) == bytes(2)
        used = family.cpu_s(leader.pid)
        assert family.kill(leader.pid)
        assert leader.wait(10) == -signal.SIGKILL
        assert leader.stdout.read() == b"", "end of file: nobody holds the other end any more"
    assert used > 0
