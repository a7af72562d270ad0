"""Labelled data: read from shards and from JSONL, kept as arrays, joined into batches that say the same as their cases."""

import gzip
import random
from itertools import count

import numpy as np
import orjson
import pytest
import zstandard
from pydantic import ValidationError

from gatling_core.features import collate, read_governance, read_plan, read_policy
from gatling_core.schemas import TERMS, Case
from trainer import batches, features
from trainer.batches import cut, epoch_of, join
from trainer.dataset import Candidate, energy_targets, files, group_of, lines, parse, stream
from trainer.features import NAME, arrays_of, build
from trainer.featurise import FOREIGN, featurise
from trainer.generator.cases import cases, cases_of, written
from trainer.generator.groups import split_of
from trainer.generator.shards import write_shard
from trainer.parallel import prefetch
from trainer.parts import Part, by_length, harder, whole

GROUPS = 10


@pytest.fixture(scope="module")
def texts():
    held_out = next(number for number in count() if split_of(3, number) != "train")
    return [orjson.dumps(written(3, number)) for number in (*range(GROUPS - 1), held_out)]


@pytest.fixture(scope="module")
def shard(texts, tmp_path_factory):
    path = tmp_path_factory.mktemp("shards") / "cases-00000.parquet"
    write_shard(path, map(orjson.loads, texts), {"gatling.seed": "3"})
    return path


@pytest.fixture(scope="module")
def store(shard, tmp_path_factory):
    return build([shard], tmp_path_factory.mktemp("features"), None, workers=0)


def test_jsonl_of_any_kind_is_streamed(tmp_path):
    found = [orjson.dumps(case) for case in cases(seed=3, count=24)]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(found[:8]))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b"\n".join(found[8:16])))
    (tmp_path / "c.jsonl.zst").write_bytes(zstandard.compress(b"\n".join(found[16:])))
    assert [line.strip() for line in stream(files(tmp_path))] == found
    train = sum(orjson.loads(line)["split"] == "train" for line in found)
    assert len(list(stream(files(tmp_path), "train"))) == train


def test_a_shard_gives_back_its_groups_and_their_cases(shard, texts):
    assert list(stream([shard])) == texts
    assert list(lines([shard])) == [case for text in texts for case in cases_of(orjson.loads(text))]
    splits = [orjson.loads(text)["split"] for text in texts]
    assert len(list(stream([shard], "train"))) == splits.count("train") < GROUPS


def test_a_damaged_shard_is_refused(shard, tmp_path):
    broken = bytearray(shard.read_bytes())
    broken[len(broken) // 2] ^= 1
    (tmp_path / shard.name).write_bytes(broken)
    with pytest.raises(OSError, match="CRC"):
        list(stream([tmp_path / shard.name]))


def test_what_is_no_case_is_refused():
    with pytest.raises(ValidationError):
        parse(b'{"policy": 3}')


def test_a_trusted_group_and_its_validated_cases_are_the_same(texts):
    group = parse(texts[0])
    for k, case in enumerate(cases_of(orjson.loads(texts[0]))):
        own = group_of(Case.model_validate(case)).candidates[0]
        assert own.plan.nodes == group.candidates[k].plan.nodes
        assert own.energy_labels == group.candidates[k].energy_labels


def test_a_violations_energy_goes_to_its_call_and_the_rest_is_spread():
    case = next(
        Case.model_validate(c) for c in cases(seed=3, count=50) if c["violations"] and len(c["execution_plan"]["nodes"]) > 1
    )
    own = group_of(case).candidates[0]
    target, known = energy_targets(own)
    assert known
    assert own.energy_labels is not None
    assert target.sum(0).tolist() == pytest.approx(own.energy_labels.as_tuple(), abs=1e-5)
    guilty = {(v.node_id, v.term) for v in case.violations}
    highest = np.unravel_index(target.argmax(), target.shape)
    assert (case.execution_plan.nodes[highest[0]].node_id, TERMS[highest[1]]) in guilty


def test_a_verdict_without_calls_leaves_the_attribution_open():
    case = Case.model_validate({"policy": "p", "execution_plan": {"nodes": [{"tool_name": "a"}, {"tool_name": "b"}]}})
    target, known = energy_targets(Candidate(0, case.execution_plan, "adversarial", None, ()))
    assert not known
    assert target.sum() == pytest.approx(9.5)


def test_a_store_is_made_once_and_again_when_its_data_changes(shard, tmp_path):
    first = build([shard], tmp_path, "train", workers=0)
    stamp = (tmp_path / NAME).stat().st_mtime_ns
    assert build([shard], tmp_path, "train", workers=0).plans == first.plans
    assert (tmp_path / NAME).stat().st_mtime_ns == stamp
    assert build([shard], tmp_path, "validation", workers=0).plans < first.plans


def test_a_store_that_was_cut_off_goes_on_after_its_last_whole_file(shard, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "FILE_BATCHES", 2)
    monkeypatch.setattr(features, "BATCH", 2)
    uncut = build([shard], tmp_path / "whole", None, workers=0)
    featurised, made = features._featurised, []

    def cut_off(texts):
        made.append(len(texts))
        if len(made) == 4:
            raise KeyboardInterrupt
        return featurised(texts)

    monkeypatch.setattr(features, "_featurised", cut_off)
    with pytest.raises(KeyboardInterrupt):
        build([shard], tmp_path / "cut", None, workers=0)
    assert len(list((tmp_path / "cut").glob(f"*{features.SUFFIX}"))) == 1
    store = build([shard], tmp_path / "cut", None, workers=0)
    assert sum(made) == GROUPS + 4, "only the file in progress is made again"
    assert store.plans == uncut.plans
    for path in (tmp_path / "whole").glob(f"*{features.SUFFIX}"):
        assert path.read_bytes() == (tmp_path / "cut" / path.name).read_bytes()


def test_an_epoch_holds_every_plan_once_in_an_order_of_its_own(store):
    first, again, second = (
        [n for parts in epoch_of(store, 40, 0, epoch) for n in join(parts).number.tolist()] for epoch in (0, 0, 1)
    )
    assert first == again
    assert first != second
    assert sorted(first) == sorted(second) == list(range(store.plans))


def test_a_batch_is_what_serving_would_make_of_its_cases(texts):
    """The arrays of stored, deduplicated and joined groups are those of `features.collate`, up to half precision."""
    groups = [parse(text) for text in texts[:4]]
    batch = join([whole(0, featurise(group)) for group in groups])
    policies = [[read_policy(policy) for policy in group.policies] for group in groups]
    governances, plans, owner = [], [], []
    for group, read in zip(groups, policies, strict=True):
        before = len(governances)
        governances += [read_governance(read[s.policy], s.user_role, s.context) for s in group.sessions]
        plans += [read_plan(c.plan, governances[before + c.session], group.tools) for c in group.candidates]
        owner += [before + c.session for c in group.candidates]
    expected = collate(governances, plans, owner)
    x = batch.inputs
    for name in (
        "context_mask",
        "role",
        "governance",
        "node_kinds",
        "node_feats",
        "edges",
        "edge_kinds",
        "edge_feats",
        "calls",
        "call_mask",
        "pair",
    ):
        np.testing.assert_allclose(getattr(x, name), getattr(expected, name), rtol=1e-3, atol=1e-3, err_msg=name)
    np.testing.assert_array_equal(x.texts[x.node_text], expected.node_ids)
    np.testing.assert_array_equal(x.texts[x.context_text], expected.context_ids)


def test_groups_get_a_compliant_plan_of_the_group_before(texts):
    groups = [parse(text) for text in texts[:3]]
    batch = join([whole(0, arrays) for arrays in arrays_of(groups)])
    foreign = batch.label == FOREIGN
    assert 3 <= foreign.sum() <= 6
    assert not batch.attributed[foreign].any()


def test_what_the_model_is_right_about_is_dropped_first(texts):
    arrays = arrays_of([parse(text) for text in texts[:2]])[1]
    own = np.flatnonzero(arrays["label"] != FOREIGN)
    errors = np.zeros(len(arrays["label"]), np.float16)
    errors[own[::2]] = 1.0
    kept = harder(whole(0, arrays), errors, len(own[::2]) / len(own)).rows
    assert set(kept) == {*own[::2], *np.flatnonzero(arrays["label"] == FOREIGN)}


def test_a_part_reads_as_the_same_plans_of_the_whole(texts):
    """The network gives each plan the same energies, whether its group is whole or in parts."""
    torch = pytest.importorskip("torch")
    from gatling_core.nn.model import Gatling, ModelConfig
    from trainer.feed import fed

    torch.manual_seed(0)
    model = Gatling(ModelConfig()).eval()
    for start, arrays in [(7, arrays) for arrays in arrays_of([parse(text) for text in texts])]:
        everything = join([whole(start, arrays)])
        expected = model(fed(everything).inputs).contributions.detach().numpy()
        parts = by_length(start, arrays)
        assert sorted(n for part in parts for n in part.numbers) == everything.number.tolist()
        for part in parts:
            batch = join([part])
            calls = batch.inputs.call_mask.shape[1]
            found = model(fed(batch).inputs).contributions.detach().numpy()
            np.testing.assert_allclose(found, expected[part.rows][:, :calls], rtol=1e-4, atol=1e-5)
            np.testing.assert_array_equal(batch.label, everything.label[part.rows])
            np.testing.assert_array_equal(batch.targets, everything.targets[part.rows][:, :calls])
            assert len(batch.inputs.texts) <= len(everything.inputs.texts)


def test_parts_of_a_group_are_one_group_in_a_batch(texts):
    arrays = arrays_of([parse(text) for text in texts[:2]])[0]
    half = len(arrays["label"]) // 2
    batch = join([Part(0, arrays, np.arange(half)), Part(0, arrays, np.arange(half, len(arrays["label"])))])
    assert len(batch.inputs.policy_text) == len(join([whole(0, arrays)]).inputs.policy_text)
    assert batch.number.tolist() == join([whole(0, arrays)]).number.tolist()


def test_short_and_long_plans_are_apart_where_it_saves_padding(texts):
    arrays = arrays_of([parse(text) for text in texts[:2]])[0]
    mixed = {**arrays, "plan_calls": np.where(np.arange(len(arrays["plan_calls"])) % 2, 2, 40)}
    assert [part.calls for part in by_length(0, mixed)] == [2, 40]
    assert len(by_length(0, {**arrays, "plan_calls": np.full_like(arrays["plan_calls"], 5)})) == 1


def parts_of(store):
    return [part for number in range(store.batches) for group in store.read(number) for part in by_length(*group)]


def test_batches_hold_every_part_once(store):
    parts = parts_of(store)
    found = [n for batch in cut([[part] for part in parts], 40, random.Random(0)) for part in batch for n in part.numbers]
    assert sorted(found) == list(range(store.plans))


def test_a_bundle_stays_in_one_batch(store):
    parts = parts_of(store)
    short, long = min(parts, key=lambda part: part.calls), max(parts, key=lambda part: part.calls)
    others = [[part] for part in parts if part is not short and part is not long]
    found = [[id(part) for part in batch] for batch in cut([[short, long], *others], 40, random.Random(0))]
    assert [id(short) in batch for batch in found] == [id(long) in batch for batch in found]
    assert sum(map(len, found)) == len(parts)


def test_no_batch_is_padded_beyond_its_bound(store, monkeypatch):
    parts = parts_of(store)
    largest = max(join(batch).inputs.pair[..., 0].size for batch in cut([[part] for part in parts], 10_000, random.Random(0)))
    monkeypatch.setattr(batches, "MAX_PAIRS", largest // 4)
    found = list(cut([[part] for part in parts], 10_000, random.Random(0)))
    assert all(join(batch).inputs.pair[..., 0].size <= largest // 4 for batch in found if len(batch) > 1)
    assert sum(map(len, found)) == len(parts)


def double(x: int) -> int:
    return 2 * x


def test_prefetch_keeps_the_order_whatever_the_workers():
    assert list(prefetch(double, range(20), 0)) == list(prefetch(double, range(20), 2)) == [2 * x for x in range(20)]
