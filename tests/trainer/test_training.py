import json
from dataclasses import replace

import orjson
import pytest

torch = pytest.importorskip("torch")

from gatling_core.errors import InvalidInput  # noqa: E402
from gatling_core.nn.model import ModelConfig  # noqa: E402
from trainer import checkpoint  # noqa: E402
from trainer.generator.cases import cases  # noqa: E402
from trainer.training import LOG, TrainConfig, fine_tune, train  # noqa: E402

SMALL = ModelConfig(words=8, text=16, hidden=16, heads=2, policy_layers=1, execution_layers=1, pair=8, word_dropout=0.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "cases.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(case) for case in cases(seed=5, count=48)))
    return path


def config(data, out, steps, **changes):
    return TrainConfig(
        data,
        out,
        steps=steps,
        batch_plans=24,
        warmup_steps=2,
        validate_every_steps=4,
        learning_rate=3e-3,
        workers=0,
        model=SMALL,
        **changes,
    )


def losses(out):
    return [line for line in map(json.loads, (out / LOG).read_text().splitlines()) if "validation" not in line]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_a_resumed_run_ends_with_the_same_weights(data, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    train(config(data, whole, 12))

    class Killed(Exception):
        pass

    def killer(step):
        if step == 9:
            raise Killed

    with pytest.raises(Killed):
        train(config(data, cut, 12), on_step=killer)
    train(config(data, cut, 12))
    one, other = checkpoint.load(whole).state_dict(), checkpoint.load(cut).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.slow
def test_the_loss_falls(data, tmp_path):
    few = tmp_path / "few.jsonl"
    few.write_bytes(b"\n".join(data.read_bytes().splitlines()[:8]))
    train(replace(config(few, tmp_path / "run", 200), learning_rate=1e-2))
    found = [line["calls"] + line["terms"] + line["bands"] for line in losses(tmp_path / "run")]
    assert sum(found[-3:]) < 0.8 * sum(found[:3])


def test_fine_tuning_starts_from_the_parent_and_learns_the_verdict(data, tmp_path):
    parent, staged = tmp_path / "parent", tmp_path / "staged"
    train(config(data, parent, 4))
    case = next(checkpoint_case for checkpoint_case in _cases(data) if checkpoint_case.label == "gold")
    judged = case.model_copy(update={"label": "adversarial", "energy_labels": None, "violations": [], "hard_negatives": []})
    metadata = fine_tune(parent, [judged], staged, steps=60, seed=0, replay=4, learning_rate=1e-2)
    assert metadata["steps"] == 60
    assert _energy(staged, judged) > _energy(parent, judged) + 1.0


def _cases(data):
    from gatling_core.schemas import Case

    return [Case.model_validate_json(line) for line in data.read_bytes().splitlines()]


def _energy(folder, case):
    from trainer.batches import join
    from trainer.dataset import group_of
    from trainer.featurise import featurise
    from trainer.parts import whole
    from trainer.training import tensors

    batch = join([whole(0, featurise(group_of(case)))])
    with torch.inference_mode():
        return float(checkpoint.load(folder).eval()(tensors(batch, "cpu")).energy[0])


def test_a_run_without_training_cases_ends_with_a_sentence(tmp_path):
    empty = tmp_path / "cases.jsonl"
    empty.write_bytes(b"")
    with pytest.raises(InvalidInput, match="no training cases"):
        train(config(empty, tmp_path / "out", steps=4))
