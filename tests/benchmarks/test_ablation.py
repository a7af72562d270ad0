"""The ablation: every variant differs in what it says it does, trains, and is judged on the same cases."""

from __future__ import annotations

from itertools import chain, count, islice
from pathlib import Path

import numpy as np
import orjson
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn", reason="the tools of development are not installed")

from benchmarks.ablation.experiment import ablation  # noqa: E402
from benchmarks.ablation.pieces import MOST, Pieces, byte_pairs, counted, grams, network  # noqa: E402
from benchmarks.ablation.variants import VARIANTS, WHOLE, Variant, latents_alone  # noqa: E402
from gatling_core import text  # noqa: E402
from gatling_core.nn.model import ModelConfig  # noqa: E402
from trainer.batches import join  # noqa: E402
from trainer.config import TrainConfig  # noqa: E402
from trainer.dataset import parse  # noqa: E402
from trainer.featurise import featurise  # noqa: E402
from trainer.feed import fed  # noqa: E402
from trainer.generator.cases import GroupData, written  # noqa: E402
from trainer.generator.groups import split_of  # noqa: E402
from trainer.generator.shards import write_shard  # noqa: E402
from trainer.parts import whole  # noqa: E402


def named(name: str) -> Variant:
    return next(variant for variant in VARIANTS if variant.name == name)


@pytest.fixture(scope="module")
def groups() -> list[GroupData]:
    """Two of each split."""
    numbers = (
        islice((number for number in count() if split_of(5, number) == split), 2) for split in ("train", "validation", "test")
    )
    return [written(5, number) for number in chain.from_iterable(numbers)]


def test_every_variant_differs_in_one_thing() -> None:
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)
    for variant in VARIANTS:
        changed = [
            field
            for field in ("sizes", "weights", "seed", "network", "words", "withheld")
            if getattr(variant, field) != getattr(WHOLE, field)
        ]
        assert len(changed) == (variant is not WHOLE and (variant.lexicon or variant.words is not None)), variant.name
        assert sum(ours != theirs for ours, theirs in zip(variant.weights, TrainConfig.weights, strict=True)) <= 1


def test_what_is_withheld_is_gone_and_nothing_else(groups: list[GroupData]) -> None:
    outputs, provenance = named("outputs withheld"), named("provenance withheld")
    for found in groups:
        assert WHOLE.seen(found) == found
        nodes, bare, unsourced = (
            [node for case in group["cases"] for node in case["execution_plan"]["nodes"]]
            for group in (found, outputs.seen(found), provenance.seen(found))
        )
        assert [{key: value for key, value in node.items() if key != "output"} for node in nodes] == bare
        assert all(node.keys().isdisjoint(provenance.withheld) for node in unsourced)
    assert any("output" in node for case in groups[0]["cases"] for node in case["execution_plan"]["nodes"])


def test_without_late_interaction_no_relation_of_call_and_clause_counts(groups: list[GroupData]) -> None:
    batch = fed(join([whole(0, featurise(parse(orjson.dumps(groups[0]))))])).inputs
    other = batch._replace(pair=torch.rand_like(batch.pair))
    for build, counts in ((latents_alone, False), (WHOLE.network, True)):
        torch.manual_seed(0)
        model = build(ModelConfig()).eval()
        assert torch.equal(model(batch).contributions, model(other).contributions) != counts


def test_a_word_is_the_mean_of_its_pieces() -> None:
    table = torch.zeros(text.BUCKETS, MOST, dtype=torch.int64)
    table[7, :2] = torch.tensor([3, 5])
    embedding = Pieces(table, 4)
    found = embedding(torch.tensor([[7, 0], [9, 7]]))
    assert torch.allclose(found[0, 0], embedding.weight[[3, 5]].mean(0))
    assert not found[0, 1].any(), "padding"
    assert not found[1, 0].any(), "no pieces"


def test_words_share_the_pieces_that_they_are_made_of(groups: list[GroupData]) -> None:
    assert set(grams("invoice")) & set(grams("invoices"))
    assert all(0 < piece < text.BUCKETS for piece in grams("invoice"))
    words = counted(parse(orjson.dumps(group)) for group in groups)
    assert len(words) > 200
    model = network(words, grams)(ModelConfig())
    common, _ = words.most_common(1)[0]
    row = text.buckets([text.word_ids(common)], 1)
    assert model.text.embedding(torch.from_numpy(row)).any()


def test_byte_pairs_cut_rare_words_and_keep_common_ones(groups: list[GroupData]) -> None:
    pytest.importorskip("tokenizers", reason="the extra `lexicon` is not installed")
    words = counted(parse(orjson.dumps(group)) for group in groups)
    split = byte_pairs(words)
    assert len(split(words.most_common(1)[0][0])) == 1
    assert len(split("zqxzqxzqx")) > 1


def test_variants_train_and_are_judged_on_the_same_cases(groups: list[GroupData], tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write_shard(data / "cases-00000.parquet", iter(groups), {})
    lexicon = tmp_path / "lexicon.safetensors"
    from safetensors.numpy import save_file

    save_file({"rows": np.array([1], np.int32), "vectors": np.zeros((1, 64), np.float32)}, str(lexicon))
    only = [WHOLE.name, "outputs withheld", "words as character n-grams"]
    found = list(ablation(data, lexicon, tmp_path / "out", 2, [], 32, only))
    assert [line["variant"] for line in found] == [name for variant in VARIANTS if (name := variant.name) in only]
    assert {line["set"] for line in found} == {"generated"}
    assert all(line["auc"][1] <= line["auc"][0] <= line["auc"][2] for line in found)
    assert all(line["role_pairs"][0] in (0.0, 1.0) for line in found), "these worlds hold one such pair"
    assert not any("limit_pairs" in line for line in found)
    assert list(ablation(data, lexicon, tmp_path / "out", 2, [], 32, only)) == found, "what is trained is not trained again"
