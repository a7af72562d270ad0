import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

torch = pytest.importorskip("torch")

from dataclasses import replace  # noqa: E402

import numpy as np  # noqa: E402

from trainer.batches import epoch_of  # noqa: E402
from trainer.config import TrainConfig  # noqa: E402
from trainer.distributed import Ranks  # noqa: E402
from trainer.features import Store, build  # noqa: E402
from trainer.featurise import FOREIGN  # noqa: E402
from trainer.feed import Feed  # noqa: E402
from trainer.generator.cases import cases  # noqa: E402
from trainer.memory import Memory  # noqa: E402


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    path = out / "cases.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(case) for case in cases(seed=5, count=24)))
    found = TrainConfig(path, out, batch_plans=24, workers=0)
    build([path], found.features("train"), "train", 0)
    return found


def feed(config, rank=0, world=1, start=0, errors=None):
    plans = Store(config.features("train")).plans
    errors = np.full(plans, np.inf, np.float16) if errors is None else errors
    return Feed(config, errors, rank, world, epoch=0, start=start)


def numbers(batches):
    return [batch.number.tolist() for batch in batches]


@pytest.mark.slow
def test_the_batches_and_their_order_do_not_depend_on_the_number_of_workers(config):
    alone = numbers(feed(config).loader())
    assert len(alone) >= 3
    assert numbers(feed(replace(config, workers=2)).loader()) == alone
    assert numbers(feed(config, start=2).loader()) == alone[2:]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("work", ["featurise", "feed"])
def test_workers_end_with_a_process_that_is_killed(config, work):
    command = [sys.executable, "-m", "tests.trainer.busy_workers", work, str(config.out)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        workers = process.stdout.readline().split()
        assert len(workers) == 2, "a worker and the fork server"
        assert all(map(alive, workers))
        process.kill()
        deadline = time.monotonic() + 60
        while any(map(alive, workers)):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_ranks_share_every_batch(config):
    whole, shares = list(feed(config)), [list(feed(config, rank, 2)) for rank in range(2)]
    assert len(whole) == len(shares[0]) == len(shares[1])
    for batch, *parts in zip(whole, *shares, strict=True):
        own = [plan for part in parts for plan in part.number.tolist() if plan >= 0]
        assert sorted(own) == sorted(plan for plan in batch.number.tolist() if plan >= 0)


def test_a_rank_without_a_part_learns_nothing_and_remembers_nothing(config):
    parts = next(epoch_of(Store(config.features("train")), config.batch_plans, config.seed, 0))
    idle = next(iter(feed(config, rank=len(parts), world=len(parts) + 1)))
    assert len(idle.label)
    assert set(idle.label.tolist()) == {FOREIGN}
    assert not len(idle.first)


def test_the_first_compliant_plan_of_each_governance_speaks_for_it(config):
    for batch in feed(config):
        governances = batch.inputs.governance[batch.first].tolist()
        assert len(set(governances)) == len(governances)
        assert set(governances) == set(batch.inputs.governance[batch.label == 0].tolist())
        assert not batch.label[batch.first].any()


def test_the_memory_keeps_what_was_last_seen():
    memory = Memory(4)
    memory.note(torch.tensor([2, -1, 0]), torch.tensor([0.5, 9.0, 3.0]))
    assert np.isinf(memory.errors).all()
    memory.settle(Ranks())
    assert memory.errors.tolist() == [3.0, np.inf, 0.5, np.inf]
    memory.note(torch.tensor([2]), torch.tensor([1.5]))
    memory.settle(Ranks())
    assert memory.errors.tolist() == [3.0, np.inf, 1.5, np.inf]
