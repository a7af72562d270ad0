import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import jaxtyping
import orjson
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")

from safetensors import safe_open  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from torch._dynamo.testing import CompileCounter  # noqa: E402

from gatling_core.errors import InvalidInput  # noqa: E402
from tests.trainer import killed_tuning, ranked_training  # noqa: E402
from tests.trainer.ranked_training import SMALL  # noqa: E402
from trainer import checkpoint, training  # noqa: E402
from trainer.cli import app  # noqa: E402
from trainer.config import TrainConfig  # noqa: E402
from trainer.dataset import data_digest  # noqa: E402
from trainer.fine_tuning import fine_tune  # noqa: E402
from trainer.generator.cases import cases  # noqa: E402
from trainer.log import BOARD  # noqa: E402
from trainer.log import NAME as LOG  # noqa: E402
from trainer.package import LINEAGE  # noqa: E402
from trainer.state import NAME as STATE  # noqa: E402
from trainer.state import Progress  # noqa: E402
from trainer.training import train  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "cases.jsonl"
    found = cases(seed=5, count=48)
    path.write_bytes(b"\n".join(orjson.dumps({**case, "split": _split(k)}) for k, case in enumerate(found)))
    return path


def _split(number):
    return "train" if number < 40 else "validation"


def config(data, out, steps, **changes):
    small = TrainConfig(
        data, out, steps=steps, batch_plans=24, warmup_steps=2, validate_every_steps=4, learning_rate=3e-3, workers=0, model=SMALL
    )
    return replace(small, **changes)


def losses(out):
    return [line for line in map(json.loads, (out / LOG).read_text().splitlines()) if "validation" not in line]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def weights(out):
    """As they were last saved; the checkpoint holds the best."""
    return {name: value for name, value in load_file(out / STATE).items() if name.startswith("model.")}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def test_a_resumed_run_ends_with_the_same_weights(data, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    model = replace(SMALL, word_dropout=0.2)
    train(config(data, whole, 12, model=model))

    class Killed(Exception):
        pass

    def killer(step):
        if step == 9:
            raise Killed

    with pytest.raises(Killed):
        train(config(data, cut, 12, model=model), on_step=killer)
    train(config(data, cut, 12, model=model))
    assert same(weights(whole), weights(cut))
    assert same(checkpoint.load(whole).state_dict(), checkpoint.load(cut).state_dict())


def test_a_state_of_other_optimisers_is_refused_by_name(data, tmp_path):
    train(config(data, tmp_path, 1))
    _of_an_earlier_release(tmp_path)
    with pytest.raises(InvalidInput, match=r"state\.safetensors was not saved by Muon and AdamW: .*--restart"):
        train(config(data, tmp_path, 2))


def _of_an_earlier_release(folder):
    """Its state does not say which optimisers it is of."""
    with safe_open(str(folder / STATE), "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
        progress = file.metadata()["progress"]
    save_file(tensors, str(folder / STATE), {"progress": progress})


def test_a_fine_tuning_that_an_earlier_release_began_begins_anew(data, tmp_path):
    parent, work, alone, after = (tmp_path / name for name in ("parent", "work", "alone", "after"))
    for folder in (parent, work):
        train(config(data, folder, 2))
    _of_an_earlier_release(work)
    killed_tuning.tune(parent, data, alone, None, steps=3)
    killed_tuning.tune(parent, data, after, work, steps=3)
    assert same(checkpoint.load(alone).state_dict(), checkpoint.load(after).state_dict())


def test_slices_end_in_time_and_the_last_one_ends_with_the_same_weights(data, tmp_path):
    train(config(data, tmp_path / "whole", 3))
    slices = [train(config(data, tmp_path / "cut", 3, minutes=0)) for _ in range(3)]
    assert [(report["step"], report["over"]) for report in slices] == [(1, False), (2, False), (3, True)]
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "cut"))


def test_a_plateau_ends_the_run_and_the_best_weights_are_kept(data, tmp_path, monkeypatch):
    losses, seen = iter([3.0, 1.0, 2.0, 1.5]), []

    def judge(model, batches, config):
        seen.append({name: value.clone() for name, value in model.state_dict().items()})
        return {"loss": next(losses)}

    monkeypatch.setattr(training, "validate", judge)
    patient = config(data, tmp_path, 40, validate_every_steps=1, patience=2)
    assert train(patient)["step"] == 4
    best = checkpoint.load(tmp_path).state_dict()
    assert torch.equal(best["energy.deepen.weight"], seen[1]["energy.deepen.weight"])
    assert not torch.equal(best["energy.deepen.weight"], seen[3]["energy.deepen.weight"])
    assert train(patient)["step"] == 4, "what ended on a plateau does not go on"


def test_a_loss_that_is_no_number_is_never_the_best():
    progress = Progress()
    assert not progress.validated(float("nan"))
    assert progress.validated(2.0)
    assert not progress.validated(float("nan"))
    assert progress.best == 2.0


def test_the_log_tells_losses_pace_and_validation(data, tmp_path):
    train(config(data, tmp_path, 4, log_every_steps=2))
    lines = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4, 4]
    parts = {name: lines[1][name] for name in ("energy", "latent", "calls", "terms", "bands")}
    total = sum(weight * part for weight, part in zip(TrainConfig(data, tmp_path).weights, parts.values(), strict=True))
    assert lines[1]["loss"] == pytest.approx(total, abs=1e-3)
    assert all(line["plans_per_s"] > 0 for line in lines[:2])
    assert 0 <= lines[1]["data_wait"] <= 1
    assert lines[2]["validation"].keys() >= {"loss", "loss_calls", "mean_gold"}


def test_bf16_computes_less_exactly_and_keeps_weights_in_fp32(data, tmp_path):
    exact, half = (config(data, tmp_path / p, 2, precision=p, log_every_steps=1) for p in ("fp32", "bf16"))
    train(exact)
    train(half)
    one, other = losses(exact.out)[0]["loss"], losses(half.out)[0]["loss"]
    assert one == pytest.approx(other, rel=0.05)
    assert any(not torch.equal(value, weights(half.out)[name]) for name, value in weights(exact.out).items())
    assert all(value.dtype == torch.float32 for value in weights(half.out).values())


def test_tensorboard_draws_what_the_log_tells(data, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(config(data, tmp_path, 4, board=True, log_every_steps=1))
    board = EventAccumulator(str(tmp_path / BOARD))
    board.Reload()
    drawn = [(event.step, event.value) for event in board.Scalars("train/loss")]
    assert drawn == [(line["step"], pytest.approx(line["loss"])) for line in losses(tmp_path)]
    assert [event.step for event in board.Scalars("validation/loss")] == [4]


RANK_TOLERANCE = 1e-3
"""Relative. At this learning rate the curves were the same in every digit of the log (1e-4) for 20 steps. At ten times the rate they part by
1e-2 after ten steps: Adam divides a gradient by its own size, so a rounding error in one that is nearly zero becomes a whole step.
Candidates or means of one rank alone would show at once: latent InfoNCE starts at the logarithm of the number of candidates."""


@pytest.mark.slow
@pytest.mark.e2e
def test_two_processes_have_the_losses_of_one(data, tmp_path):
    one, two, steps = tmp_path / "one", tmp_path / "two", 20
    train(ranked_training.config(data, one, steps))
    script = [ranked_training.__file__, str(data), str(two), str(steps)]
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *script]
    subprocess.run(command, check=True, timeout=500, env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"})
    alone, together = losses(one), losses(two)
    assert alone[-1]["epoch"] > 0, "the memory of every rank has been asked"
    assert len(alone) == len(together) == steps, "the first rank alone writes the log"
    for name in ("loss", "energy", "latent", "calls", "terms", "bands"):
        expected = [line[name] for line in alone]
        assert [line[name] for line in together] == pytest.approx(expected, rel=RANK_TOLERANCE, abs=2e-4), name


@pytest.mark.slow
def test_a_compiled_network_breaks_no_graph_and_learns_the_same(data, tmp_path, monkeypatch):
    """The graph is captured for sizes as symbols and run as it is: what inductor makes of it is inductor's. Not with shapes checked."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    counter = CompileCounter()
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=counter, fullgraph=True))
    eager, compiled = (config(data, tmp_path / p, 8, compile=p == "compiled", log_every_steps=1) for p in ("eager", "compiled"))
    train(eager)
    train(compiled)
    expected = [line["loss"] for line in losses(eager.out)]
    assert [line["loss"] for line in losses(compiled.out)] == pytest.approx(expected, rel=1e-3)
    assert 0 < counter.frame_count < 8, "not every batch of other sizes needs another graph"


@pytest.mark.slow
def test_the_loss_falls(data, tmp_path):
    few = tmp_path / "few.jsonl"
    few.write_bytes(b"\n".join(data.read_bytes().splitlines()[:8]))
    train(config(few, tmp_path / "run", 200, learning_rate=1e-2))
    found = [line["calls"] + line["terms"] + line["bands"] for line in losses(tmp_path / "run")]
    assert sum(found[-3:]) < 0.8 * sum(found[:3])


def test_fine_tuning_starts_from_the_parent_and_learns_the_verdict(data, tmp_path):
    parent, staged = tmp_path / "parent", tmp_path / "staged"
    train(config(data, parent, 4))
    case = min((case for case in _cases(data) if case.label == "gold"), key=lambda case: _energy(parent, case))
    judged = case.model_copy(update={"label": "adversarial", "energy_labels": None, "violations": [], "hard_negatives": []})
    metadata = fine_tune(parent, [judged], staged, steps=60, seed=0, replay=4, learning_rate=1e-2)
    assert metadata["steps"] == 60
    assert _energy(staged, judged) > _energy(parent, judged) + 1.0


def test_a_fine_tuning_without_steps_leaves_the_weights(data, tmp_path):
    parent, staged = tmp_path / "parent", tmp_path / "staged"
    staged.mkdir()
    train(config(data, parent, 1))
    metadata = fine_tune(parent, [], staged, steps=0, seed=0, replay=4)
    assert (metadata["steps"], metadata["cases"], metadata["last_loss"]) == (0, 0, None)
    kept, tuned = (load_file(folder / "checkpoint.safetensors") for folder in (parent, staged))
    assert all(torch.equal(kept[name], tuned[name]) for name in kept)


@pytest.mark.e2e
def test_a_fine_tuning_that_is_killed_ends_with_the_same_weights(data, tmp_path, monkeypatch):
    parent, work, cut, whole = (tmp_path / name for name in ("parent", "work", "cut", "whole"))
    train(config(data, parent, 4, model=replace(SMALL, word_dropout=0.2)))
    work.mkdir()
    command = [sys.executable, "-m", "tests.trainer.killed_tuning", parent, data, cut, work, "6"]
    killed = subprocess.run(command, cwd=ROOT, timeout=240, check=False, stderr=subprocess.DEVNULL)
    assert killed.returncode == -signal.SIGKILL
    assert _saved_step(work) == 4, "killed in the sixth step"
    monkeypatch.setattr("trainer.fine_tuning.SAVED_EVERY", killed_tuning.SAVED_EVERY)
    assert killed_tuning.tune(parent, data, cut, work)["steps"] == killed_tuning.STEPS
    assert _saved_step(work) == 6, "it went on from the fourth"
    killed_tuning.tune(parent, data, whole, None)
    assert same(checkpoint.load(whole).state_dict(), checkpoint.load(cut).state_dict())


def _saved_step(work):
    with safe_open(str(work / STATE), framework="pt") as file:
        return Progress(**json.loads(file.metadata()["progress"])).step


def test_a_fine_tuning_ends_in_time_with_a_rate_that_fell(data, tmp_path, monkeypatch):
    train(config(data, tmp_path / "parent", 2))
    clock, rates = count(step=15.0), []  # four steps a minute
    monkeypatch.setattr("trainer.fine_tuning.monotonic", lambda: next(clock))
    monkeypatch.setattr("trainer.fine_tuning.rate_at", lambda config, step, total: rates.append(step) or 1e-4)
    report = killed_tuning.tune(tmp_path / "parent", data, tmp_path / "staged", None, steps=100, minutes=1.0)
    assert (report["steps"], rates) == (4, [0, 25, 50, 75])


def _cases(data):
    from gatling_core.schemas import Case

    return [Case.model_validate_json(line) for line in data.read_bytes().splitlines()]


def _energy(folder, case):
    from trainer.batches import join
    from trainer.dataset import group_of
    from trainer.featurise import featurise
    from trainer.feed import fed
    from trainer.parts import whole

    batch = join([whole(0, featurise(group_of(case)))])
    with torch.inference_mode():
        return float(checkpoint.load(folder).eval()(fed(batch).inputs).energy[0])


def test_a_run_without_training_cases_ends_with_a_sentence(tmp_path):
    empty = tmp_path / "cases.jsonl"
    empty.write_bytes(b"")
    with pytest.raises(InvalidInput, match="no training cases"):
        train(config(empty, tmp_path / "out", steps=4))


def test_adapt_goes_on_from_a_run_and_tells_what_it_learnt_from(data, tmp_path):
    train(config(data, tmp_path / "run", 2))
    out = tmp_path / "adapted"
    options = ["--run", tmp_path / "run", "--out", out, "--steps", "2", "--replay", "16", "--seed", "1"]
    result = CliRunner().invoke(app, ["adapt", str(data), *map(str, options)])
    assert result.exit_code == 0, result.output
    before, after = (load_file(folder / checkpoint.NAME) for folder in (tmp_path / "run", out))
    assert any(not torch.equal(before[name], after[name]) for name in before)
    lineage = json.loads((out / LINEAGE).read_text())
    assert (lineage["steps"], lineage["seed"], lineage["data_sha256"]) == (2, 1, data_digest([data]))
    assert lineage["cases"] == sum(1 for line in data.read_bytes().splitlines() if line)
