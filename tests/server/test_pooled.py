"""Whichever process Prometheus asks, it hears of all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from gatling_core.schemas import ModelRef
from server.metrics import Metrics
from server.sibling import Sibling, beats

MODEL = ModelRef(version="v1", digest="d" * 64)


def siblings(folder: Path, count: int = 2) -> list[Metrics]:
    beating = beats(count)
    return [Metrics(sibling=Sibling(number, folder, beating)) for number in range(count)]


def told(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(metrics.text().decode())
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


def write(*all_of_them: Metrics) -> None:
    for metrics in all_of_them:
        assert metrics.pool
        metrics.pool.write()


def test_counts_add_up_and_states_do_not(tmp_path: Path) -> None:
    one, other = siblings(tmp_path)
    for metrics, count, depth in ((one, 2, 7), (other, 3, 7)):
        metrics.serving(MODEL)
        metrics.refused.labels("rate-limited").inc(count)
        metrics.energy.observe(count)
        metrics.watch(
            lambda count=count, depth=depth: [
                ("gatling_in_progress_cases", "in progress", count),
                ("gatling_queue_depth", "open cases", depth),
                ("gatling_spool_delivered_total", "delivered", count),
            ]
        )
    other.refused.labels("forbidden").inc()
    write(one, other)
    for metrics in (one, other):
        found = told(metrics)
        assert found["gatling_refused_total", (("problem", "rate-limited"),)] == 5
        assert found["gatling_refused_total", (("problem", "forbidden"),)] == 1
        assert found["gatling_energy_count", ()] == 2
        assert found["gatling_energy_sum", ()] == 5
        assert found["gatling_energy_bucket", (("le", "2.0"),)] == 1
        assert found["gatling_in_progress_cases", ()] == 5
        assert found["gatling_spool_delivered_total", ()] == 5
        assert found["gatling_queue_depth", ()] == 7
        assert found["gatling_model_info", (("digest", "d" * 64), ("version", "v1"))] == 1


def test_a_scrape_never_says_less_than_the_one_before(tmp_path: Path) -> None:
    one, other = siblings(tmp_path)
    one.reloads.inc()
    assert told(one)["gatling_model_reloads_total", ()] == 1
    assert told(other)["gatling_model_reloads_total", ()] == 1, "what was said was written down"


def test_a_folder_that_is_gone_is_made_again(tmp_path: Path) -> None:
    one, other = siblings(tmp_path / "shared")
    write(one, other)
    shutil.rmtree(tmp_path / "shared")
    one.reloads.inc()
    assert told(one)["gatling_model_reloads_total", ()] == 1
    assert told(other)["gatling_model_reloads_total", ()] == 1


def test_who_takes_the_place_of_a_dead_one_goes_on_from_its_counts(tmp_path: Path) -> None:
    one, other = siblings(tmp_path)
    one.reloads.inc(4)
    one.serving(MODEL)
    write(one, other)
    (again, _) = siblings(tmp_path)
    again.reloads.inc()
    write(again)
    found = told(other)
    assert found["gatling_model_reloads_total", ()] == 5, "a counter never falls"
    assert not [name for name, _ in found if name == "gatling_model_info"], "what only the dead one was is gone"
