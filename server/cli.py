"""`up`, `score`, `replay`, `models`, `queue` and `keys` on the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer
from pydantic import ValidationError

from gatling_core.beside import Beside, Place
from gatling_core.embedded import connect
from gatling_core.errors import GatlingError
from gatling_core.keys import ROLES, Key, add_key, new_key, read_keys, revoke_key
from gatling_core.masking import Masker
from gatling_core.mirror import registry_of
from gatling_core.queue import CaseQueue
from gatling_core.registry import read_gate_report
from gatling_core.schemas import field_errors
from gatling_core.settings import Settings
from gatling_core.triage import Judgement, Wanted, newest
from server.logs import configure_logs

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Gatling: serving and scoring."
)
models = typer.Typer(
    invoke_without_command=True, help="List the model versions, make one current, let one stand beside it, roll back."
)
app.add_typer(models, name="models")
keys = typer.Typer(invoke_without_command=True, help="List the API keys, make one, revoke one.")
app.add_typer(keys, name="keys")

queue = typer.Typer(
    invoke_without_command=True, help="Show the case queue, judge, export and import verdicts, requeue dead letters, erase."
)
app.add_typer(queue, name="queue")

log = structlog.get_logger()

VersionArgument = Annotated[str, typer.Argument(help="a version as `models` lists it, for example v2", show_default=False)]


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="address to listen on; also GATLING_HOST")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on, 0 for any free one; also GATLING_PORT")] = None,
) -> None:
    """Start the scoring service.

    It serves the current model of the registry, seeded with the shipped one. Cases that the model is unsure of go to the Redis
    at REDIS_URL, or without that to an embedded Valkey under .gatling. End it with Ctrl-C or SIGTERM: requests in progress finish.
    """
    settings = _settings(host=host, port=port)
    configure_logs()
    for name in Settings.unknown():
        log.warning("unknown_setting", name=name, reason="no such setting: it changes nothing")
    # Slow to import: not before it is needed.
    from server.fleet import serve

    try:
        serve(settings)
    except GatlingError as error:
        _fail(str(error))


@app.command()
def score(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="JSON lines, plain or .gz or .zst; - reads stdin")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="write answers here instead of to stdout")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="no progress bar")] = False,
) -> None:
    """Score a file of cases or of recorded runs, without a server.

    Each line is one JSON object: a case (policy and execution_plan) or a recorded run (policy and messages). For every line, in
    order, one line of JSON comes out: the input's id with the answer, or with an error. The exit status is 1 if there was an error.
    Nothing is sent to the case queue.
    """
    settings = _settings()
    configure_logs()
    from server.offline import score_files

    try:
        with ExitStack() as stack:
            target = stack.enter_context(output.open("w", encoding="utf-8")) if output else sys.stdout
            wrong = score_files(settings, files, target, show_progress=not quiet)
    except BrokenPipeError:  # `score … | head` has what it wanted
        sys.stderr.close()
        raise typer.Exit(0) from None
    except (GatlingError, OSError) as error:
        _fail(str(error))
    else:
        if wrong:
            _fail(f"{wrong} lines could not be scored; their answers hold an error")


@app.command()
def replay(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="decision logs, or folders of them", show_default=False)],
    model: Annotated[str | None, typer.Option(help="a version of the registry; without it the one that serves")] = None,
    package: Annotated[Path | None, typer.Option(help="a package that is not published")] = None,
    print_all: Annotated[bool, typer.Option("--all", help="print every decision, not only those that change")] = False,
) -> None:
    """Score logged decisions on another model, and say what changes.

    Only decisions logged with their case can be replayed (GATLING_DECISION_LOG_ARGUMENTS=true). For each whose decision changes, one
    line of JSON comes out; what they sum up to stands on stderr.
    """
    if model and package:
        _fail("--model or --package, not both")
    settings = _settings()
    configure_logs()
    from server import offline
    from server.replay import replay as replayed

    try:
        report = replayed(
            offline.model_of(settings, version=model, package=package), files, settings, sys.stdout, print_all=print_all
        )
    except (GatlingError, OSError) as error:
        _fail(str(error))
    typer.echo(str(report), err=True)


@models.callback()
def list_models(
    context: typer.Context,
    seed: Annotated[bool, typer.Option("--seed", help="publish the shipped model if the registry is empty")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a version")] = False,
) -> None:
    """List the model versions, make one current, let one stand beside it, roll back."""
    if context.invoked_subcommand:
        return
    settings = _settings()
    try:
        registry = registry_of(settings)
        registry.refresh()
        if seed:
            registry.seed(settings.shipped_model)
        current, beside = registry.current(), registry.beside().over(settings.beside)
    except GatlingError as error:
        _fail(str(error))
    versions = registry.versions()
    if not versions and not as_json:
        typer.echo(f"{settings.registry} holds no model yet; `up` or `models --seed` publishes the shipped one", err=True)
    for manifest in versions:
        line = {
            "version": manifest.version,
            "current": manifest.version == current,
            "beside": beside.place_of(manifest.version),
            "parent": manifest.parent,
            "time": manifest.time.isoformat(timespec="seconds"),
            "trained_cases": len(manifest.trained_cases),
            "digest": manifest.digest,
        }
        typer.echo(json.dumps({**line, "metrics": manifest.metrics}) if as_json else _row(line))
    for back in registry.roll_backs():
        line = {
            "rolled_back": back.version,
            "place": back.place,
            "to": back.to,
            "time": back.time.isoformat(timespec="seconds"),
            "reason": back.reason,
        }
        typer.echo(json.dumps(line) if as_json else f"{back.version}  {back} at {line['time']}: {back.reason or 'by hand'}")
    for package in registry.rejected():
        report = read_gate_report(package)
        why = "; ".join(report.get("worse", ["no report"]))
        typer.echo(json.dumps({"rejected": package.name, "gate": report}) if as_json else f"{package.name}  rejected: {why}")


@models.command()
def activate(version: VersionArgument) -> None:
    """Make a version current. A running server loads it within a second, or refuses it and says so in /readyz."""
    try:
        manifest = registry_of(_settings()).activate(version)
    except GatlingError as error:
        _fail(str(error))
    typer.echo(f"{manifest.version} is current")


@models.command()
def roll_back() -> None:
    """Make the parent of the current version current again."""
    try:
        version = registry_of(_settings()).roll_back()
    except GatlingError as error:
        _fail(str(error))
    typer.echo(f"{version} is current")


@models.command()
def shadow(
    version: Annotated[str | None, typer.Argument(help="a version as `models` lists it", show_default=False)] = None,
    off: Annotated[bool, typer.Option("--off", help="nothing is compared any more")] = False,
) -> None:
    """Let a version score what the current one answers, for comparison alone. Running servers follow within a second."""
    if (version is None) != off:
        _fail("shadow: name a version, or --off")
    _stand_beside(_place("shadow", version))


@models.command()
def canary(
    version: Annotated[str | None, typer.Argument(help="a version as `models` lists it", show_default=False)] = None,
    share: Annotated[float | None, typer.Option(help="of the tenants, above 0 and up to 1", show_default=False)] = None,
    off: Annotated[bool, typer.Option("--off", help="the current version answers for every tenant")] = False,
) -> None:
    """Let a version answer for a share of the tenants, the same ones everywhere. Running servers follow within a second."""
    if (version is None) != off or (share is None) != off:
        _fail("canary: name a version and its --share, or --off")
    _stand_beside(_place("canary", None if off else {"version": version, "share": share}))


def _place(place: Place, value: Any) -> Beside:
    try:
        return Beside.model_validate({place: value})
    except ValidationError as error:
        _fail("; ".join(f"{item['field']}: {item['message']}" for item in field_errors(error)))


def _stand_beside(places: Beside) -> None:
    try:
        beside = registry_of(_settings()).stand_beside(places)
    except GatlingError as error:
        _fail(str(error))
    for place in places.given():
        typer.echo(f"{beside.at(place) or 'nothing'} stands beside as {place}")


@queue.callback()
def show_queue(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="cases to list", min=0)] = 20,
    label: Annotated[Judgement, typer.Option(help="only cases with this verdict, or without one")] = "unjudged",
) -> None:
    """Show how full the queue is, its newest cases and the dead letters."""
    if context.invoked_subcommand:
        return
    with _case_queue() as cases:
        stats, found, dead = cases.stats(), newest(cases, Wanted(label=label), limit=limit).cases, cases.dead(limit)
    typer.echo(
        f"{stats.depth} open, {stats.judged} judged, {stats.dead} dead letters; the oldest waits since {stats.oldest_s:.0f} s"
    )
    for case in found:
        entry, said = case.entry, case.verdict.label if case.verdict else "-"
        request = " ".join(entry.case.request.split())[:80]
        typer.echo(
            f"{entry.decision_id}  {entry.answer.energy:6.2f} {entry.answer.decision:<6} {said:<11} {entry.tenant:<12} {request!a}"
        )
    for letter in dead:
        typer.echo(f"dead {letter.id}  {letter.decision_id}: {letter.reason}")


@queue.command("export")
def export_queue(
    out: Annotated[Path, typer.Argument(help="a file to write: .csv for a spreadsheet, else JSON lines", show_default=False)],
    label: Annotated[Judgement, typer.Option(help="only cases with this verdict, or without one")] = "any",
) -> None:
    """Write the open cases with their verdicts, to be judged elsewhere and imported again."""
    from server.verdict_files import export

    with _case_queue() as cases, out.open("w", encoding="utf-8", newline="") as file:
        count = export(cases, label, file, Masker(_settings().decision_log_mask), as_csv=out.suffix == ".csv")
    typer.echo(f"{count} cases in {out}")


@queue.command("import")
def import_verdicts(
    file: Annotated[
        Path,
        typer.Argument(help="decision_id, label, reviewer, reason, call, argument, term: .csv or JSON lines", show_default=False),
    ],
) -> None:
    """Take the verdicts of a file. Rows without a label are passed over; the exit status is 1 if a row is wrong."""
    from server.verdict_files import judge_all

    with _case_queue() as cases:
        kept, wrong = judge_all(cases, file)
    typer.echo(f"{kept} verdicts kept")
    if wrong:
        _fail("; ".join(wrong[:20]) + (f"; and {len(wrong) - 20} more" if wrong[20:] else ""))


@queue.command()
def requeue(
    letters: Annotated[list[str], typer.Argument(help="ids of dead letters, as `queue` lists them", show_default=False)],
) -> None:
    """Put dead letters back into the queue, with their verdicts."""
    with _case_queue() as cases:
        for letter in letters:
            typer.echo(f"{letter} is queued as {cases.revive(letter)}")


@queue.command()
def judge(again: Annotated[bool, typer.Option("--again", help="also what it looked at before")] = False) -> None:
    """Let the oracle judge the unjudged cases whose policy it can read, and say of how many others it cannot say anything, and why."""
    from gatling_core.oracle.docket import judge_open

    with _case_queue() as cases:
        said = judge_open(cases, again=again)
    for what, count in said.most_common():
        typer.echo(f"{count:>6} {what}")
    if not said:
        typer.echo("no case that it has not looked at")


@queue.command()
def ask(limit: Annotated[int, typer.Option(help="cases to ask about", min=1)] = 50) -> None:
    """Ask the teacher about unjudged cases, the oldest first. What it says is a suggestion, for reviewers to confirm or not.

    Off unless GATLING_TEACHER_URL is set. Sent are policy, role, request and calls, with secrets masked and without tool outputs.
    """
    from gatling_core.teacher import Teacher

    asked = said = 0
    with _case_queue() as cases:
        teacher = Teacher(_settings())
        for case in cases.unjudged():
            if asked == limit:
                break
            if case.suggestion is None:
                asked += 1
                suggestion = teacher.suggest(case.entry.case)
                if suggestion is not None:
                    cases.suggest(case.id, suggestion)
                    said += 1
    typer.echo(f"{said} suggestions on {asked} cases; a reviewer has to confirm them")


@queue.command()
def erase(tenant: Annotated[str, typer.Option(help="whose cases to forget", show_default=False)]) -> None:
    """Forget a tenant's cases, verdicts and dead letters, and what waits on this machine's disk for the queue.

    The retrain worker erases, when it next runs, what is kept of them beside the models. What models learned of them stays, without a name:
    `retrain --without-tenant` makes one that never learned it. Run it on each machine that has a spool. No retraining may be at work meanwhile.
    """
    from gatling_core.lease import Lease
    from gatling_core.spool import erase_rejected, flush_spool

    settings = _settings()
    with _case_queue() as cases, Lease(cases.client, settings.lease_ms) as lease:
        if not lease.held:
            _fail("a retrain worker is at work: try again when it has ended")
        waiting = flush_spool(settings.data_dir / "spool", cases)
        erased, rejected = cases.under(lease).erase(tenant=tenant), erase_rejected(settings.data_dir / "spool", tenant)
    typer.echo(f"{erased.cases} open cases, {erased.dead} dead letters and {rejected} rejected lines of the spool are erased")
    if waiting:
        _fail(f"{waiting} bytes in the spools of running servers are not delivered yet: run it again when they are")


@contextmanager
def _case_queue() -> Generator[CaseQueue]:
    settings = _settings()
    try:
        with connect(settings) as client:
            yield CaseQueue.of(client, settings)
    except (GatlingError, OSError) as error:
        _fail(str(error))


@keys.callback()
def list_keys(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="one JSON object a key")] = False
) -> None:
    """List the API keys, make one, revoke one. Kept are hashes: a key that was lost cannot be shown again."""
    if context.invoked_subcommand:
        return
    settings = _settings()
    try:
        kept = read_keys(settings.keys_file)
    except FileNotFoundError:
        kept = ()
    except GatlingError as error:
        _fail(str(error))
    if not (kept or settings.keys or as_json):
        typer.echo(f"no key in {settings.keys_file}: `keys create` makes one, and from then on a key is asked for", err=True)
    for key in (*kept, *settings.keys):
        typer.echo(key.model_dump_json(exclude={"sha256"}) if as_json else _key_row(key))


@keys.command()
def create(
    roles: Annotated[list[str], typer.Option("--role", help=f"{', '.join(ROLES)}; may be given several times")],
    tenant: Annotated[str | None, typer.Option(help="the only tenant that the key speaks for")] = None,
    per_minute: Annotated[int | None, typer.Option(min=1, help="cases it may send; also GATLING_RATE_PER_MINUTE")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=36_500, help="until it expires")] = None,
    entry: Annotated[
        bool, typer.Option("--entry", help="keep nothing; print the hashed entry for GATLING_KEYS on stderr")
    ] = False,
) -> None:
    """Make a key and print it, this once. To rotate: make a new one, hand it out, revoke the old one; until then both are valid.

    `score` scores, `review` reads queued cases and judges them, `metrics` reads /metrics, `admin` may do everything.
    """
    try:
        secret, key = new_key(roles, now=datetime.now(UTC), tenant=tenant, per_minute=per_minute, days=days)
        if not entry:
            add_key(_settings().keys_file, key)
    except ValidationError as error:
        _fail("; ".join(f"{item['field']}: {item['message']}" for item in field_errors(error)))
    except (GatlingError, OSError) as error:
        _fail(str(error))
    if entry:
        typer.echo(key.model_dump_json(exclude_none=True), err=True)
    typer.echo(secret)


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="as `keys` lists it", show_default=False)]) -> None:
    """Forget a key. A running server refuses it within a second."""
    try:
        revoke_key(_settings().keys_file, key_id)
    except (GatlingError, OSError) as error:
        _fail(str(error))
    typer.echo(f"{key_id} is revoked")


def _key_row(key: Key) -> str:
    expires = key.expires.isoformat(timespec="minutes") if key.expires else "never"
    rate = f"{key.per_minute}/min" if key.per_minute else "-"
    return f"{key.id:<10} {','.join(key.roles):<14} tenant {key.tenant or 'any':<16} {rate:<10} expires {expires}"


def _row(line: dict[str, Any]) -> str:
    mark = "*" if line["current"] else " "
    beside = f"  {line['beside']}" if line["beside"] else ""
    return f"{mark} {line['version']:<6} {line['time']}  from {line['parent'] or '-':<6} {line['trained_cases']:>6} queued cases  {line['digest'][:12]}{beside}"


def _settings(**given: Any) -> Settings:
    try:
        return Settings.read(**{name: value for name, value in given.items() if value is not None})
    except GatlingError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(f"gatling: {message}", err=True)
    raise typer.Exit(1)
