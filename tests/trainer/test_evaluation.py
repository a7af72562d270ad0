import json

import pytest

torch = pytest.importorskip("torch")

from gatling_core.errors import RegistryError  # noqa: E402
from gatling_core.nn.model import Gatling, ModelConfig  # noqa: E402
from trainer import checkpoint  # noqa: E402
from trainer.evaluation import evaluate, read_cases  # noqa: E402
from trainer.generator.cases import cases  # noqa: E402
from trainer.package import build  # noqa: E402

pytestmark = pytest.mark.slow

SMALL = ModelConfig(words=8, text=16, hidden=16, heads=2, policy_layers=1, execution_layers=1, pair=8)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    found = list(cases(seed=21, count=180))
    (folder / "a.jsonl").write_text("\n".join(json.dumps({**case, "split": "test"}) for case in found[:160]))
    (folder / "b.jsonl").write_text("\n".join(json.dumps({**case, "split": "train"}) for case in found[160:]))
    return folder


@pytest.fixture(scope="module")
def package(tmp_path_factory, data):
    run = tmp_path_factory.mktemp("run")
    torch.manual_seed(0)
    checkpoint.write(Gatling(SMALL), run)
    folder = tmp_path_factory.mktemp("package") / "v1"
    manifest = build(run, folder, "v1", [data])
    assert data.name in manifest.metrics
    return folder


def test_what_is_no_version_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(RegistryError, match="no version name"):
        build(tmp_path / "run", tmp_path / "package", "second", [])
    assert not (tmp_path / "package").exists()


def test_only_the_split_asked_for_is_judged(data):
    assert sum(1 for file in sorted(data.iterdir()) for _ in read_cases(file, "test")) == 160


def test_the_report_is_for_machines_and_for_people(package, data, tmp_path):
    report = evaluate(package, [data], tmp_path, split="test")
    assert sum(report["sets"][data.name]["all"]["count"].values()) == 160
    assert json.loads((tmp_path / "report.json").read_text()) == report
    page = (tmp_path / "report.html").read_text()
    assert f'<h2 id="{data.name}">' in page
    assert page.count("<details") >= 2, "the worst misses of both sides, explained by the model"
    assert report["sets"][data.name]["tables"]["pairs"]["request"] > 0, "generated sessions hold minimal pairs"
