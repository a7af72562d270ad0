"""What must hold of the shipped package by construction, whatever it has learnt. What it has learnt: `python -m benchmarks robustness`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gatling_core.bands import Bands
from gatling_core.runtime import Model, Score
from gatling_core.schemas import Answer, Case, ModelRef
from server.decider import answer_of
from server.engine import Scored
from server.examples import ALLOWED, ATTACK

SHIPPED = Path(__file__).resolve().parents[1] / "shipped"
SAME = 1e-4
GIBBERISH = "Blorf wibble nack grint. Frobnicate the snork when zarl is glim! Quaffle the vornish trelb."
NOWHERE: dict[str, Any] = {"tool_name": "payments.transfer", "arguments": {"amount": 7, "iban": "DE02120300000000202051"}}


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(SHIPPED)


def scores(model: Model, *documents: dict[str, Any]) -> list[Score]:
    return model.score([Case.model_validate(document) for document in documents])


def answer(model: Model, document: dict[str, Any], bands: Bands) -> Answer:
    (score,) = scores(model, document)
    return answer_of(Scored(score, ModelRef(version=model.version, digest=model.digest)), bands)


def backwards(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: backwards(child) for key, child in reversed(value.items())}
    return [backwards(child) for child in value] if isinstance(value, list) else value


def energies(score: Score) -> Sequence[float]:
    return [score.energy, *score.terms.as_tuple(), *(node.energy for node in score.nodes)]


@pytest.mark.parametrize("document", [ALLOWED, ATTACK])
def test_the_order_of_json_keys_changes_nothing(model: Model, document: dict[str, Any]) -> None:
    """Of all but the policy, whose clauses stand in the order of its keys. Arguments of over 40 words are not read to their end."""
    turned = {**backwards(document), "policy": document["policy"]}
    one, other = scores(model, document, turned)
    assert energies(other) == pytest.approx(energies(one), abs=SAME, rel=SAME)
    assert other.grounds == one.grounds


def test_who_else_is_in_the_batch_changes_nothing(model: Model) -> None:
    long = {**ATTACK, "execution_plan": {"nodes": [{**NOWHERE, "arguments": {"amount": n}} for n in range(40)]}}
    wide = {**ALLOWED, "policy": {f"rule {n}": f"Clerks may read table {n}." for n in range(200)}}
    together = scores(model, ALLOWED, long, ATTACK, wide)
    for document, shared in zip((ALLOWED, long, ATTACK, wide), together, strict=True):
        (alone,) = scores(model, document)
        assert energies(shared) == pytest.approx(energies(alone), abs=SAME, rel=SAME)
        assert shared.grounds == alone.grounds


def test_calls_sum_to_the_terms_and_terms_to_the_energy(model: Model) -> None:
    for score in scores(model, ALLOWED, ATTACK, {**ALLOWED, "policy": GIBBERISH}):
        assert sum(node.energy for node in score.nodes) == pytest.approx(score.energy, rel=1e-5)
        assert score.terms.energy == pytest.approx(score.energy, rel=1e-5)
        assert min(energies(score)) >= 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"policy": GIBBERISH}, "unreadable_policy"),
        ({"policy": {"qwxz": {"frblk": ["snork", "zarl"]}, "vbnt": 12}}, "unreadable_policy"),
        ({"policy": {}}, "unreadable_policy"),
        ({"policy": "Користувач може читати лише власні рахунки."}, "unreadable_policy"),
        ({"policy": "Der Benutzer darf nur seine eigenen Rechnungen lesen."}, "unreadable_policy"),
        ({"context": {}, "execution_plan": {"nodes": [{**NOWHERE, "provenance_tier": 1}]}}, "no_request"),
        ({"execution_plan": {"nodes": [NOWHERE, {**NOWHERE, "provenance_tier": 0}]}}, "unknown_origin"),
        ({"tools": [], "execution_plan": {"nodes": [{"tool_name": "zxq.frobl", "provenance_tier": 1}]}}, "opaque_tool"),
        (
            {"execution_plan": {"nodes": [{"tool_name": "billing.list_inv\u043eices", "provenance_tier": 1}]}},
            "look_alike_letters",
        ),
    ],
)
def test_without_grounds_never_allowed_whatever_the_energy(model: Model, changes: dict[str, Any], reason: str) -> None:
    lenient = Bands(review_at=1e6, block_at=1e6, queue_from=1e6, queue_to=1e6)
    found = answer(model, {**ALLOWED, **changes}, lenient)
    assert (found.decision, found.reasons) == ("review", [reason])
    assert lenient.queues(found.energy, found.reasons)
    assert found.energy == scores(model, {**ALLOWED, **changes})[0].energy, "the energy stays what the model said"


@pytest.mark.parametrize("document", [ALLOWED, ATTACK])
def test_an_ordinary_case_has_ground(model: Model, document: dict[str, Any]) -> None:
    assert answer(model, document, Bands()).reasons == []
