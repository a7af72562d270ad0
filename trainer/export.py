"""The network as five ONNX graphs, and the parity gate that compares them with torch at sizes never traced."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn
from torch.export import Dim

from gatling_core.errors import PackageRejected
from gatling_core.features.asker import ROLE_RELATIONS
from gatling_core.features.batch import BLOCK
from gatling_core.features.plan import EDGE_KINDS, EDGE_MEASURES, NODE_FEATURES, NODE_KINDS
from gatling_core.features.policy import CLAUSE_FEATURES, WIDTH
from gatling_core.features.relations import PAIR_RELATIONS
from gatling_core.nn.model import Gatling
from gatling_core.nn.text import CompactTextEncoder
from gatling_core.text import BUCKETS
from trainer import checkpoint

OPSET = 20
TOLERANCE = 1e-4
"""Largest difference allowed, relative to max(1, |torch|)."""

Sizes = dict[str, int]
Shape = tuple[str | int, ...]


class Part:
    """One graph: its module, its inputs by name with symbolic shapes, and its outputs."""

    def __init__(self, name: str, inputs: dict[str, tuple[str, Shape]], outputs: dict[str, Shape]) -> None:
        self.name, self.inputs, self.outputs = name, inputs, outputs

    def example(self, sizes: Sizes, seed: int) -> dict[str, Tensor]:
        """Random inputs of these sizes; each kind of input has its own range."""
        generator = torch.Generator().manual_seed(seed)
        return {
            name: _draw(kind, [_size(d, sizes) for d in shape], sizes, generator) for name, (kind, shape) in self.inputs.items()
        }

    def dynamic(self) -> dict[str, dict[int, Any]]:
        """The dynamic dimensions of each input. Clauses come in whole blocks."""
        dims = {name: Dim(name) for name in ("T", "P", "G", "S", "M", "E", "B", "N")} | {"C": BLOCK * Dim("K")}
        return {name: {i: dims[d] for i, d in enumerate(shape) if isinstance(d, str)} for name, (_, shape) in self.inputs.items()}


def _size(dimension: str | int, sizes: Sizes) -> int:
    return dimension if isinstance(dimension, int) else sizes[dimension]


def _draw(kind: str, shape: list[int], sizes: Sizes, generator: torch.Generator) -> Tensor:
    if kind == "float":
        return torch.randn(shape, generator=generator)
    if kind == "mask":
        mask = (torch.rand(shape, generator=generator) < 0.8).float()
        mask[..., 0] = 1.0
        return mask
    high = {"words": BUCKETS, "node_kind": NODE_KINDS, "edge_kind": EDGE_KINDS, "context_kind": 3, "row": sizes.get("M", 1)}[kind]
    drawn = torch.randint(0, high, shape, generator=generator)
    return drawn.int() if kind == "words" else drawn


def parts(model: Gatling) -> list[tuple[Part, nn.Module]]:
    """The five graphs with their modules, in the order in which scoring runs them."""
    c = model.config
    words, mask, clauses = ("float", ("B", "C", c.hidden)), ("mask", ("B", "C")), ("float", ("G", "C", c.hidden))
    text = Part("text", {"ids": ("words", ("T", WIDTH))}, {"vectors": ("T", c.text)})
    policy = Part(
        "policy",
        {"vectors": ("float", ("P", "C", c.text)), "feats": ("float", ("P", "C", CLAUSE_FEATURES)), "mask": ("mask", ("P", "C"))},
        {"clauses": ("P", "C", c.hidden)},
    )
    context = Part(
        "context",
        {
            "vectors": ("float", ("G", "S", c.text)), "kinds": ("context_kind", ("G", "S")), "mask": ("mask", ("G", "S")),
            "clauses": clauses, "clause_mask": ("mask", ("G", "C")), "role": ("float", ("G", "C", ROLE_RELATIONS)),
        },
        {"z_g": ("G", c.latent)},
    )  # fmt: skip
    execution = Part(
        "execution",
        {
            "vectors": ("float", ("M", 2, c.text)), "kinds": ("node_kind", ("M",)), "feats": ("float", ("M", NODE_FEATURES)),
            "edges": ("row", (2, "E")), "edge_kinds": ("edge_kind", ("E",)), "edge_feats": ("float", ("E", EDGE_MEASURES)),
            "calls": ("row", ("B", "N")), "call_mask": ("mask", ("B", "N")),
        },
        {"states": ("B", "N", c.hidden + 1), "latents": ("B", "N", c.latent), "z_e": ("B", c.latent)},
    )  # fmt: skip
    energy = Part(
        "energy",
        {
            "calls": ("float", ("B", "N", c.hidden + 1)), "call_mask": ("mask", ("B", "N")), "clauses": words, "clause_mask": mask,
            "role": ("float", ("B", "C", ROLE_RELATIONS)), "pair": ("float", ("B", "N", "C", PAIR_RELATIONS)),
            "z_g": ("float", ("B", c.latent)), "latents": ("float", ("B", "N", c.latent)),
        },
        {"contributions": ("B", "N", 4)},
    )  # fmt: skip
    modules = (CompactTextEncoder(model.text), model.policy, model.context, model.execution, model.energy)
    return list(zip((text, policy, context, execution, energy), cast("Sequence[nn.Module]", modules), strict=True))


TRACED: Sizes = {"T": 5, "P": 2, "G": 3, "S": 4, "C": 3 * BLOCK, "M": 7, "E": 9, "B": 3, "N": 5}
"""No dimension is 1: tracing would freeze it silently."""

PROBES: tuple[Sizes, ...] = (
    {"T": 1, "P": 1, "G": 1, "S": 1, "C": BLOCK, "M": 1, "E": 0, "B": 1, "N": 1},
    {"T": 3, "P": 1, "G": 1, "S": 2, "C": BLOCK, "M": 200, "E": 0, "B": 1, "N": 200},
    {"T": 64, "P": 3, "G": 8, "S": 6, "C": 8 * BLOCK, "M": 96, "E": 300, "B": 16, "N": 12},
    {"T": 300, "P": 2, "G": 2, "S": 9, "C": 32 * BLOCK, "M": 450, "E": 2_000, "B": 2, "N": 200},
)
"""Sizes never traced: one call without edges, 200 calls, mixed batches, 512 clauses."""


def export(staged: Path) -> dict[str, float]:
    """Write the graphs of `staged/checkpoint.safetensors` beside it and compare them with torch.

    Returns:
        The largest relative difference of each graph.

    Raises:
        PackageRejected: a graph differs from torch by more than TOLERANCE, or has a frozen dimension.
    """
    model = checkpoint.load(staged).eval()
    worst: dict[str, float] = {}
    for part, module in parts(model):
        path = staged / f"{part.name}.onnx"
        _write(part, module, path)
        worst[part.name] = _parity(part, module, path)
        if not worst[part.name] <= TOLERANCE:
            raise PackageRejected(f"{path.name} differs from torch by {worst[part.name]:.2e}, more than {TOLERANCE:.0e}")
    return worst


def _write(part: Part, module: nn.Module, path: Path) -> None:
    example = part.example(TRACED, seed=0)
    for name in ("torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own internals and of dimension names that it merges
        program = torch.onnx.export(
            module,
            tuple(example.values()),
            dynamo=True,
            opset_version=OPSET,
            external_data=False,
            input_names=list(part.inputs),
            output_names=list(part.outputs),
            dynamic_shapes=tuple(part.dynamic().values()),
            verbose=False,
        )
    assert program is not None
    proto = program.model_proto
    _forget_sources(proto)
    for output in proto.graph.output:
        expected = part.outputs[output.name]
        for dimension, want in zip(output.type.tensor_type.shape.dim, expected, strict=True):
            if isinstance(want, str) and not dimension.dim_param:
                raise PackageRejected(f"{path.name}: dimension {want} of {output.name} was frozen to {dimension.dim_value}")
    onnx.checker.check_model(proto)
    path.write_bytes(proto.SerializeToString(deterministic=True))


def _forget_sources(proto: onnx.ModelProto) -> None:
    """The exporter writes source paths and stack traces into the file: they say nothing to a user and change the digest."""
    graphs: list[Any] = [proto.graph, *proto.functions]
    for graph in graphs:
        del graph.metadata_props[:]
        for node in graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
    for value in [*proto.graph.value_info, *proto.graph.input, *proto.graph.output, *proto.graph.initializer]:
        del value.metadata_props[:]
    del proto.metadata_props[:]


def _parity(part: Part, module: nn.Module, path: Path) -> float:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    run = cast("Callable[[None, dict[str, Any]], list[np.ndarray[Any, Any]]]", session.run)
    worst = 0.0
    for seed, sizes in enumerate(PROBES):
        example = part.example(sizes, seed)
        with torch.inference_mode():
            expected = module(*example.values())
        found = run(None, {name: value.numpy() for name, value in example.items()})
        for want, got in zip(expected if isinstance(expected, tuple) else (expected,), found, strict=True):
            wanted = want.numpy()
            if not np.isfinite(got).all():
                return float("inf")
            worst = max(worst, float((np.abs(wanted - got) / np.maximum(1.0, np.abs(wanted))).max(initial=0.0)))
    return worst
