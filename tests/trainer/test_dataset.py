import gzip

import numpy as np
import orjson
import pytest
import zstandard

from gatling_core.schemas import TERMS, Case
from trainer.dataset import FOREIGN, Candidate, candidates, energy_targets, featurise, groups, prefetch, stream
from trainer.generate import cases


@pytest.fixture(scope="module")
def lines():
    return [orjson.dumps(case) for case in cases(seed=3, count=24, split="train")]


@pytest.fixture(scope="module")
def files(lines, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "a.jsonl").write_bytes(b"\n".join(lines[:8]))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines[8:16])))
    (folder / "c.jsonl.zst").write_bytes(zstandard.compress(b"\n".join(lines[16:])))
    return sorted(folder.iterdir())


def ids(found):
    return [orjson.loads(line)["id"] for line in found]


def test_an_epoch_holds_every_case_once_in_an_order_of_its_own(files, lines):
    first, again, second = (ids(stream(files, "train", 0, epoch)) for epoch in (0, 0, 1))
    assert first == again
    assert first != second
    assert sorted(first) == sorted(second) == sorted(ids(lines))


def test_only_the_split_asked_for(files):
    assert list(stream(files, "validation", 0, 0)) == []


def test_groups_hold_everything_once(lines):
    found = [line for group in groups(lines, 5, 0, 0, window=2) for line in group]
    assert sorted(found) == sorted(lines)


def test_a_violations_energy_goes_to_its_call_and_the_rest_is_spread():
    case = next(
        Case.model_validate(c) for c in cases(seed=3, count=50) if c["violations"] and len(c["execution_plan"]["nodes"]) > 1
    )
    own = candidates(case)[0]
    target, known = energy_targets(own)
    assert known
    assert own.energy_labels is not None
    assert target.sum(0).tolist() == pytest.approx(own.energy_labels.as_tuple(), abs=1e-5)
    guilty = {(v.node_id, v.term) for v in case.violations}
    highest = np.unravel_index(target.argmax(), target.shape)
    assert (case.execution_plan.nodes[highest[0]].node_id, TERMS[highest[1]]) in guilty


def test_a_verdict_without_calls_leaves_the_attribution_open():
    case = Case.model_validate({"policy": "p", "execution_plan": {"nodes": [{"tool_name": "a"}, {"tool_name": "b"}]}})
    target, known = energy_targets(Candidate(case.execution_plan, "adversarial", None, ()))
    assert not known
    assert target.sum() == pytest.approx(9.5)


def test_a_batch_joins_every_candidate_and_a_foreign_plan(lines):
    batch = featurise(lines[:4])
    own = batch.label != FOREIGN
    assert own.sum() == sum(len(candidates(Case.model_validate_json(line))) for line in lines[:4])
    assert set(batch.plans.governance[~own]) <= set(range(4))
    assert all(name for name in np.array(batch.sample)[own])


def test_chosen_candidates_only(lines):
    name = orjson.loads(lines[0])["id"]
    batch = featurise(lines[:1], [[0, 1]])
    assert batch.sample == (f"{name}#0", f"{name}#1")


def double(x: int) -> int:
    return 2 * x


def test_prefetch_keeps_the_order_whatever_the_workers():
    assert list(prefetch(double, range(20), 0)) == list(prefetch(double, range(20), 2)) == [2 * x for x in range(20)]
