"""generate, import, train, adapt, words, export, evaluate, retrain, lexicon. Torch is imported by the command that needs it, so that --help is quick."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from gatling_core.errors import GatlingError
from gatling_core.settings import cores

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Make data, train, measure and publish models.")
importing = typer.Typer(no_args_is_help=True, help="Write real data as labelled cases.")
app.add_typer(importing, name="import")

Out = Annotated[Path, typer.Option(help="Folder to write to.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same result.")]


@app.command()
def generate(
    out: Out = Path("data/generated"),
    count: Annotated[int, typer.Option(help="How many cases, in all parts together.", min=1)] = 20_000,
    seed: Seed = 0,
    workers: Annotated[int, typer.Option(help="Processes; the bytes written do not depend on it.", min=1)] = cores(),
    part: Annotated[str, typer.Option(help="Only every n-th shard: 2/8 is the second of eight machines' work.")] = "1/1",
) -> None:
    """Write generated cases with labels from the oracle, as Parquet shards with a data card. A run that was cut off goes on."""
    from trainer.generator.generate import generate as run
    from trainer.generator.generate import part_of

    run(out, count, seed, workers, part_of(part))


@app.command()
def cases(
    files: Annotated[list[Path], typer.Argument(help="Generated shards, or folders of them.")],
    split: Annotated[str | None, typer.Option(help="Only cases of this split.")] = None,
    limit: Annotated[int | None, typer.Option(help="So many at most.")] = None,
) -> None:
    """Print generated cases as JSON lines, each by itself: for other tools, or for ./gatling score."""
    from itertools import islice

    import orjson

    from trainer.dataset import lines

    for line in islice(lines(files, split), limit):
        sys.stdout.buffer.write(orjson.dumps(line) + b"\n")


@importing.command("agentdojo")
def import_agentdojo(
    out: Annotated[Path, typer.Option(help="File to write, .jsonl.zst.")] = Path("data/agentdojo.jsonl.zst"),
    leave_out: Annotated[list[str] | None, typer.Option(help="A suite to hold out for testing; may be given again.")] = None,
) -> None:
    """Write AgentDojo's tasks, composed attacks, and attackers' goals asked by the user. Prints how many, by suite and label."""
    from trainer.importers import agentdojo

    for (suite, label), count in sorted(agentdojo(out, leave_out or ()).items()):
        print(f"{suite} {label} {count}")


@importing.command("recordings")
def import_recordings(
    files: Annotated[list[Path], typer.Argument(help="Labelled traces or cases: JSONL files or folders.")],
    out: Annotated[Path, typer.Option(help="File to write, .jsonl.zst.")] = Path("data/recordings.jsonl.zst"),
    leave_out: Annotated[
        list[str] | None, typer.Option(help="A suite or domain to hold out for testing; again for more.")
    ] = None,
) -> None:
    """Write labelled recorded runs as cases to train on (see adapt). Prints how many, by suite and label."""
    from trainer.recordings import recordings

    for (suite, label), count in sorted(recordings(files, out, leave_out or ()).items()):
        print(f"{suite} {label} {count}")


@app.command("audit")
def audit_command(
    data: Annotated[list[Path], typer.Argument(help="Generated shards, or folders of them.")],
    limit: Annotated[int, typer.Option(help="Cases of each split that are read, at most.", min=1_000)] = 40_000,
) -> None:
    """Print how distinct cases are, and how well readers that lack policy, request or plan guess the labels on held-out worlds."""
    from trainer import audit, distinctness

    print(distinctness.markdown(distinctness.distinctness(data, limit)))
    print()
    print(audit.markdown(audit.audit(data, limit)))


@app.command()
def train(
    data: Annotated[Path, typer.Argument(help="Generated shards or JSONL cases (.gz, .zst): a file or a folder.")],
    out: Out = Path("runs/model"),
    epochs: Annotated[int, typer.Option(help="Passes over the data, unless --steps is given.")] = 10,
    steps: Annotated[int | None, typer.Option(help="Optimiser steps in all.")] = None,
    learning_rate: Annotated[float, typer.Option(help="Peak of the schedule.")] = 3e-3,
    temperature: Annotated[float, typer.Option(help="τ of InfoNCE.")] = 0.07,
    batch_plans: Annotated[int, typer.Option(help="Plans per step, about.")] = 96,
    start: Annotated[Path | None, typer.Option(help="A run or package whose weights to start from.")] = None,
    lexicon: Annotated[Path | None, typer.Option(help="Word vectors to start from (see the command lexicon).")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    precision: Annotated[
        Literal["bf16", "fp32"] | None, typer.Option(help="Of the network in a step. By default bf16 on a GPU, fp32 elsewhere.")
    ] = None,
    compiled: Annotated[bool, typer.Option("--compile", help="Compile the network with torch.compile.")] = False,
    patience: Annotated[
        int | None, typer.Option(help="Stop after so many validations (one every 500 steps) without a lower loss.", min=1)
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Save and stop after so long; the same command goes on.", min=0)] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write curves for TensorBoard too, to OUT/tensorboard.")
    ] = False,
    workers: Annotated[
        int,
        typer.Option(
            help="Processes that join batches ahead, and of those that featurise before (one a core at least); 0 = none."
        ),
    ] = 1,
    seed: Seed = 0,
    restart: Annotated[bool, typer.Option(help="Begin anew even if the folder holds a run to resume.")] = False,
) -> None:
    """Train a model on cases; a run that was cut off goes on where it stood. Under torchrun on many GPUs: docs/training.md."""
    from trainer.config import TrainConfig
    from trainer.dataset import data_digest, files
    from trainer.distributed import is_first
    from trainer.package import LINEAGE
    from trainer.training import train as run
    from trainer.vocabulary import write

    write(out, files(data), lexicon)
    config = TrainConfig(
        data, out, epochs=epochs, steps=steps, learning_rate=learning_rate, temperature=temperature, batch_plans=batch_plans,
        start=start, lexicon=lexicon, device=device, precision=precision, compile=compiled, patience=patience, minutes=minutes,
        board=tensorboard, workers=workers, seed=seed,
    )  # fmt: skip
    report = run(config, resume=not restart)
    if not is_first():
        return
    print(json.dumps(report, indent=2))
    lineage = {"command": "./gatling " + shlex.join(sys.argv[1:]), "data_sha256": data_digest(files(data)), "seed": seed}
    (out / LINEAGE).write_text(json.dumps(lineage) + "\n")


@app.command()
def words(
    run: Annotated[Path, typer.Argument(help="Folder of a training run.")],
    data: Annotated[Path, typer.Argument(help="What it was trained on.")],
    lexicon: Annotated[Path | None, typer.Option(help="Word vectors that it started from.")] = None,
) -> None:
    """Give a run the words of its training, which `train` writes by itself, so that its package can tell what it has no ground to judge."""
    from trainer.dataset import files
    from trainer.vocabulary import write

    found = write(run, files(data), lexicon)
    print(f"{len(found.trained)} words of the training and {len(found.lexicon)} of the lexicon in {run}")


@app.command()
def adapt(
    cases: Annotated[list[Path], typer.Argument(help="Labelled cases, as `import` writes them: JSONL files or folders.")],
    run: Annotated[Path, typer.Option(help="Folder of a training run, or a package, to go on from.")] = Path("shipped"),
    out: Out = Path("runs/adapted"),
    steps: Annotated[int, typer.Option(help="Optimiser steps.")] = 600,
    learning_rate: Annotated[float, typer.Option(help="Peak of the schedule.")] = 3e-4,
    replay: Annotated[int, typer.Option(help="Generated cases learnt in between, so that nothing is forgotten.")] = 8_000,
    generated_per_case: Annotated[float, typer.Option(help="Groups of generated plans for each case.")] = 0.2,
    seed: Seed = 0,
) -> None:
    """Go on from a model with labelled cases of your own or of other suites, and generated ones in between."""
    from gatling_core.schemas import Case
    from trainer.dataset import data_digest, files, lines
    from trainer.fine_tuning import fine_tune
    from trainer.package import LINEAGE

    found = [Case.model_validate(line) for line in lines(cases)]
    out.mkdir(parents=True, exist_ok=True)
    report = fine_tune(
        run, found, out, steps=steps, seed=seed, replay=replay, learning_rate=learning_rate, generated_per_case=generated_per_case
    )
    print(json.dumps(report, indent=2))
    digest = data_digest([file for path in cases for file in files(path)])
    lineage = {"command": "./gatling " + shlex.join(sys.argv[1:]), "data_sha256": digest, "seed": seed, **report}
    (out / LINEAGE).write_text(json.dumps(lineage) + "\n")


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Folder of a training run (its checkpoint.safetensors).")],
    package: Annotated[Path, typer.Option(help="Folder of the package to write.")] = Path("shipped"),
    version: Annotated[str, typer.Option(help="Name of the version.")] = "v1",
    evaluate_on: Annotated[
        list[Path] | None,
        typer.Option(
            help="Labelled files or folders whose metrics go into the manifest; of lines that name a split, the test split."
        ),
    ] = None,
) -> None:
    """Turn a checkpoint into ONNX graphs, check them against torch, measure them and seal the package with its manifest."""
    from trainer.package import build

    manifest = build(run, package, version, evaluate_on or [])
    print(json.dumps(manifest.model_dump(mode="json"), indent=2))


@app.command()
def evaluate(
    files: Annotated[list[Path], typer.Argument(help="Labelled cases or traces: JSONL files or folders.")],
    package: Annotated[Path, typer.Option(help="The package to judge.")] = Path("shipped"),
    out: Annotated[Path, typer.Option(help="Folder for report.json and report.html.")] = Path("runs/evaluation"),
    split: Annotated[str | None, typer.Option(help="Only lines of this split.")] = None,
    run: Annotated[Path | None, typer.Option(help="Folder of the training run that made it, to show its curves.")] = None,
) -> None:
    """Measure a model on labelled files. Prints every figure with its interval; the page shows them, with pictures and the worst misses."""
    from trainer.evaluation import evaluate as measure
    from trainer.report import headlines

    print(headlines(measure(package, files, out, split, run)))
    print(f"\n{out / 'report.html'}")


@app.command()
def retrain(
    every: Annotated[
        str | None, typer.Option(help="Stay and retrain again after this long: 90s, 30m, 1h. By default once.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Retrain once and end (the default).")] = False,
    without_tenant: Annotated[
        str | None, typer.Option(help="Take the current model's place by one that never learned from this tenant's cases.")
    ] = None,
) -> None:
    """Learn from the judged cases of the queue: fine-tune, export, gate, publish, acknowledge. Prints what came of it."""
    from gatling_core.settings import Settings
    from trainer.worker import retrain as run

    if every and (once or without_tenant is not None):
        raise typer.BadParameter("--every excludes --once and --without-tenant")
    report = run(Settings.read(), every_s=seconds(every) if every else None, without_tenant=without_tenant)
    print(report.model_dump_json())


def seconds(text: str) -> float:
    """90, 90s, 30m, 1h or 1d in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    if not match or float(match[1]) <= 0:
        raise typer.BadParameter(f"'{text}' is no duration: use 90s, 30m or 1h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}[match[2]]


@app.command()
def lexicon(
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("runs/lexicon.safetensors"),
    encoder: Annotated[str | None, typer.Option(help="Folder or hub name of a sentence encoder.")] = None,
) -> None:
    """Distil word vectors from a pretrained sentence encoder, to start training from."""
    from trainer.lexicon import PACKAGED, distil

    print(f"{distil(out, encoder or PACKAGED)} rows in {out}")


def main() -> None:
    """Run a command; an error of the caller's is a sentence, not a stack trace."""
    try:
        app(prog_name="./gatling")
    except (GatlingError, FileNotFoundError) as error:
        print(f"gatling: {error}", file=sys.stderr)
        raise SystemExit(1) from None
