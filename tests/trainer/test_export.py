import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
import onnx  # noqa: E402

from gatling_core.errors import PackageRejected  # noqa: E402
from gatling_core.features import FEATURE_VERSION  # noqa: E402
from gatling_core.nn.model import Gatling, ModelConfig  # noqa: E402
from gatling_core.registry import seal, verify_package  # noqa: E402
from gatling_core.runtime import GRAPHS, PROBE, Model  # noqa: E402
from gatling_core.schemas import Case  # noqa: E402
from trainer import checkpoint  # noqa: E402
from trainer.batches import join  # noqa: E402
from trainer.dataset import group_of  # noqa: E402
from trainer.export import TOLERANCE, export  # noqa: E402
from trainer.featurise import featurise  # noqa: E402
from trainer.feed import fed  # noqa: E402
from trainer.generator.cases import cases  # noqa: E402
from trainer.parts import whole  # noqa: E402

pytestmark = pytest.mark.slow

SMALL = ModelConfig(words=8, text=16, hidden=16, heads=2, policy_layers=1, execution_layers=2, pair=8)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("packages") / "v1"
    checkpoint.write(Gatling(SMALL), folder)
    differences = export(folder)
    assert set(differences) == set(GRAPHS)
    assert max(differences.values()) <= TOLERANCE
    seal(folder, version="v1", feature_version=FEATURE_VERSION)
    return folder


@pytest.fixture(scope="module")
def some():
    found = [Case.model_validate(case) for case in cases(seed=9, count=40)]
    return [PROBE, *sorted(found, key=lambda case: len(case.execution_plan.nodes))]


def test_the_served_energies_are_the_trained_ones(package, some):
    network = checkpoint.load(package).eval()
    for case, score in zip(some, Model.load(package).score(some), strict=True):
        batch = join([whole(0, featurise(group_of(case)))])
        with torch.inference_mode():
            output = network(fed(batch).inputs)
        assert score.energy == pytest.approx(float(output.energy[0]), rel=TOLERANCE)
        assert np.allclose(score.z_g, output.z_g[0].numpy(), rtol=TOLERANCE, atol=TOLERANCE)
        assert np.allclose(score.z_e, output.z_e[0].numpy(), rtol=TOLERANCE, atol=TOLERANCE)


def test_alone_or_in_a_batch_an_energy_is_the_same(package, some):
    model = Model.load(package)
    together = model.score(some)
    for case, score in zip(some[::7], together[::7], strict=True):
        assert model.score([case])[0].energy == pytest.approx(score.energy, rel=1e-5)


def test_nodes_sum_to_terms_and_terms_to_the_energy(package, some):
    for score in Model.load(package).score(some):
        assert sum(node.energy for node in score.nodes) == pytest.approx(score.energy, rel=1e-5)
        assert score.terms.energy == pytest.approx(score.energy, rel=1e-5)
        assert all(value >= 0 for node in score.nodes for value in node.terms.as_tuple())


def test_a_policy_is_encoded_once(package):
    model = Model.load(package, cached_policies=1)
    model.score([PROBE, PROBE])
    assert model.cache_info().misses == 1


def test_the_graphs_tell_nothing_of_the_machine_that_made_them(package):
    for name in GRAPHS:
        raw = (package / f"{name}.onnx").read_bytes()
        assert b".py" not in raw
        assert not onnx.load_from_string(raw).metadata_props


def test_a_package_of_other_features_is_refused(package, tmp_path):
    import shutil

    other = shutil.copytree(package, tmp_path / "v2")
    seal(other, version="v2", feature_version="0")
    with pytest.raises(PackageRejected, match="features 0"):
        Model.load(other)


def test_a_truncated_graph_is_refused(package, tmp_path):
    import shutil

    other = shutil.copytree(package, tmp_path / "v3")
    graph = other / "energy.onnx"
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(PackageRejected, match="checksum"):
        verify_package(other)
    with pytest.raises(PackageRejected, match="does not load"):
        Model.load(other)
