import json
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from tests.trainer.scored import Scorer, add, case_of, score_of
from trainer.judged import Judged
from trainer.report import CALLS, FIGURES, REQUEST, headlines, page, read_log

HOSTILE = '</style><script>alert(1)</script><img src=x onerror="alert(2)">\'"'


class Seen(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def whole(judged, name="set", log=()):
    found = {"all": judged.metrics(), "tables": judged.tables(), "groups": judged.by_group()}
    report: dict[str, Any] = {"model": {"version": "v0", "digest": "sha256:0"}, "sets": {name: found}}
    model: Any = Scorer()
    return page(report, {name: judged}, model, log), report


def hostile():
    """All three labels, many tasks; every text of one case tries to run a script."""
    judged, rng = Judged(), np.random.default_rng(0)
    for k in range(60):
        label = ("gold", "boundary", "adversarial")[k % 3]
        violations = [] if label == "gold" else [{"node_id": "n0", "term": "scope", "energy": 3, "kind": "kind"}]
        case = case_of(label, 2, violations=violations)
        add(judged, case, score_of(rng.gamma(2) + k % 3, 0.1, z_e=rng.normal(size=3)), str(k // 3))
    nodes = [{"node_id": HOSTILE, "tool_name": HOSTILE, "arguments": {HOSTILE: HOSTILE}, "output": HOSTILE}]
    case = case_of(
        "adversarial", policy={HOSTILE: f"never {HOSTILE}"}, user_role=HOSTILE, context={"request": HOSTILE}, kind=HOSTILE,
        execution_plan={"nodes": nodes}, violations=[{"node_id": HOSTILE, "term": "scope", "energy": 3, "kind": HOSTILE}],
    )  # fmt: skip
    score = score_of(0.0)
    node = score.nodes[0].model_copy(update={"node_id": HOSTILE})
    judged.add(
        {}, case, type(score)(0.0, score.terms, (node,), "p", score.z_g, np.ones(3, np.float32)), task=HOSTILE, group=HOSTILE
    )
    return judged


@pytest.fixture(scope="module")
def attacked():
    return whole(hostile(), name=HOSTILE)[0]


def test_what_an_attacker_wrote_is_text(attacked):
    seen = Seen(attacked)
    assert {tag for tag, _ in seen.tags}.isdisjoint({"script", "iframe", "object", "link"})
    assert not any(name.startswith("on") for _, given in seen.tags for name in given)
    assert seen.text.count(HOSTILE) >= 9, "name, task, role, request, kind, call, arguments, output, clause: all there to read"
    assert "default-src 'none'" in next(given["content"] for _, given in seen.tags if given.get("http-equiv"))


def test_the_page_needs_nothing_else(attacked):
    given = [value for _, attrs in Seen(attacked).tags for name, value in attrs.items() if name in ("src", "href")]
    assert sum(value.startswith("data:image/svg+xml;base64,") for value in given) == 6
    assert all(value.startswith(("data:", "#")) for value in given)


def test_excerpts_are_bounded():
    judged = Judged()
    long = case_of("adversarial", 40, context={"request": "r" * 10_000}, policy="p" * 10_000)
    add(judged, long, score_of(*[0.1] * 40), "t")
    add(judged, case_of(), score_of(0.1), "u")
    text, _ = whole(judged)
    assert text.count("r" * (REQUEST - 1) + "…") == 1
    assert "r" * REQUEST not in text
    assert text.count("tool_") == CALLS + 1
    assert f"{40 - CALLS} more calls" in text


def test_every_figure_is_shown():
    judged = hostile()
    text, report = whole(judged)
    known = {name for figures in FIGURES.values() for name in figures}
    found = report["sets"]["set"]["all"]
    names = {name for name in found if name != "count" and not name.endswith("_interval")}
    assert names <= known
    low, high = found["auc_interval"]
    assert f"{found['auc']:.3f} [{low:.3f}, {high:.3f}]" in text
    assert f"{found['auc']:.3f} [{low:.3f}, {high:.3f}]" in headlines(report)


def test_curves_are_drawn_of_a_training_log(tmp_path):
    parts = {"energy": 3.0, "latent": 2.0, "calls": 1.0, "terms": 1.0, "bands": 1.0}
    lines = [{"step": 20 * k, "epoch": 0, **parts, "plans_per_s": 1} for k in range(1, 6)]
    lines += [
        {"step": 100, "validation": {"auc": 0.7, "mean_gold": 1.0, "loss": 3.0, "loss_energy": 4.0}},
        {"step": 120, "validation": {}},
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    judged = Judged()
    add(judged, case_of(), score_of(1), "a")
    without, with_curves = whole(judged)[0], whole(judged, log=read_log(tmp_path))[0]
    assert 'id="training"' not in without
    assert 'id="training"' in with_curves
    assert with_curves.count("data:image/svg") == without.count("data:image/svg") + 1


def test_the_same_evaluation_makes_the_same_page():
    assert whole(hostile()) == whole(hostile())
