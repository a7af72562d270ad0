import numpy as np

from gatling_core import runtime
from gatling_core.features import read_policy
from gatling_core.runtime import Model, _PolicyCache


def entry(clauses):
    return read_policy({str(i): i for i in range(clauses)}), np.zeros((clauses, 2), np.float32)


def test_the_policy_cache_is_bounded_in_policies_and_in_clauses(monkeypatch):
    monkeypatch.setattr(runtime, "CACHED_CLAUSES", 10)
    cache = _PolicyCache(3)
    for name, clauses in (("a", 4), ("b", 4), ("b", 4)):
        cache.put(name, entry(clauses))
    assert cache.get("a")
    cache.put("c", entry(4))
    assert cache.get("b") is None
    assert cache.get("a")
    cache.put("d", entry(11))
    assert cache.info().size == 0
    for name in "efgh":
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
