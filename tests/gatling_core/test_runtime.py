import numpy as np
import onnxruntime
import pytest

from gatling_core import runtime
from gatling_core.errors import ProviderMissing
from gatling_core.features import read_policy
from gatling_core.runtime import Model, _PolicyCache, check_provider


def entry(clauses):
    return read_policy({str(i): i for i in range(clauses)}), np.zeros((clauses, 2), np.float32)


def test_the_policy_cache_is_bounded_in_policies_and_in_clauses(monkeypatch):
    monkeypatch.setattr(runtime, "CACHED_CLAUSES", 10)
    cache = _PolicyCache(3)
    for name, clauses in ((b"a", 4), (b"b", 4), (b"b", 4)):
        cache.put(name, entry(clauses))
    assert cache.get(b"a")
    cache.put(b"c", entry(4))
    assert cache.get(b"b") is None
    assert cache.get(b"a")
    cache.put(b"d", entry(11))
    assert cache.info().size == 0
    for name in (b"e", b"f", b"g", b"h"):
        cache.put(name, entry(1))
    assert cache.info().size == 3


def test_policies_that_differ_in_the_order_of_their_keys_are_read_apart(monkeypatch):
    monkeypatch.setattr(Model, "_read", lambda _, ids: np.zeros((len(ids), 2), np.float32))
    monkeypatch.setattr(Model, "_call", lambda _, __, **x: [np.zeros((1, x["mask"].shape[1], 2), np.float32)])
    model = Model.__new__(Model)
    model._policies = _PolicyCache(3)
    (first, _), (second, _) = model._policy({"a": 1, "b": "x"}), model._policy({"b": "x", "a": 1})
    assert first.digest == second.digest
    assert not np.array_equal(first.feats, second.feats)


def test_a_new_model_takes_over_the_policies_used_last(monkeypatch):
    monkeypatch.setattr(Model, "_read", lambda _, ids: np.zeros((len(ids), 2), np.float32))
    monkeypatch.setattr(runtime, "TAKEN_OVER_CLAUSES", 3)

    class Filled(Model):
        fill = 1

        def _call(self, graph, **inputs):
            return [np.full((1, inputs["mask"].shape[1], 2), self.fill, np.float32)]

    before, after = Filled.__new__(Filled), Filled.__new__(Filled)
    after.fill = 2
    before._policies, after._policies = _PolicyCache(9), _PolicyCache(9)
    policies = [{"a": 1}, {"a": 2, "b": 2}, {"c": 3}]
    read = [before._policy(policy)[0] for policy in policies]
    before._policy(policies[0])
    after.take_over(before)
    assert after.cache_info().size == 2, "the oldest would be a fourth clause"
    for policy, features in ((policies[0], read[0]), (policies[2], read[2])):
        found, states = after._policy(policy)
        assert found is features
        assert (states == 2).all()
    assert after.cache_info().misses == 0


def test_texts_are_encoded_once_and_stand_where_they_stood(monkeypatch):
    asked = []

    def read(_, ids):
        asked.append(len(ids))
        return ids.astype(np.float32)

    monkeypatch.setattr(Model, "_read", read)
    ids = np.array([[1, 2], [0, 0], [1, 2], [3, 4], [0, 0]], np.int32)
    assert np.array_equal(Model.__new__(Model)._read_distinct(ids), ids)
    assert asked == [3]


def test_hardware_that_onnxruntime_does_not_know_is_said_at_start(monkeypatch):
    check_provider("cpu")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(ProviderMissing, match="no cuda here, only CPUExecutionProvider"):
        check_provider("cuda")
