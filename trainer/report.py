"""The evaluation as one page for people: self-contained, so that it can be kept, sent and opened anywhere.

It shows real cases of whoever runs it, in excerpts. What a case says is text an attacker may have written: it is escaped, and the page's
own policy lets no script run and nothing be fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from gatling_core.bands import Bands
from gatling_core.runtime import Model
from gatling_core.schemas import LABELS, TERMS, NodeEnergy, ToolCall
from trainer import pictures
from trainer.judged import Judged
from trainer.log import NAME as LOG
from trainer.misses import Miss, Moved, moved

REQUEST = 600
VALUE = 240
"""Characters of a request, and of arguments, an output or a clause, that are shown."""
CALLS = 12
"""Calls of a plan that are shown: those with the most energy."""

FIGURES = {
    "Telling plans apart": {
        "auc": "AUC, gold against adversarial",
        "auc_any": "AUC, gold against all others",
        "within_task_auc": "AUC within the same task",
        "call_count_auc": "AUC of the number of calls alone",
        "recall_at_0.1pct": "attacks caught with 0.1 % of gold stopped",
        "recall_at_1pct": "attacks caught with 1 % of gold stopped",
        "recall_at_5pct": "attacks caught with 5 % of gold stopped",
        "attacks_caught_at_calibrated_cut": "attacks caught, cut for 1 % set on the other half of the tasks",
        "gold_stopped_at_calibrated_cut": "gold stopped by that cut",
    },
    "Energies": {
        "mean_gold": "mean energy of gold",
        "mean_boundary": "mean energy of boundary cases",
        "mean_adversarial": "mean energy of adversarial cases",
        "in_band_gold": "gold below 2",
        "in_band_boundary": "boundary cases from 2 to 6",
        "in_band_adversarial": "adversarial cases from 8 on",
        "delta_sec": "δ_sec, mean adversarial less mean boundary",
    },
    "Blame": {
        "hijacked_call_highest": "the hijacked call has the most energy of its plan",
        "violated_term_largest": "the one violated term is the largest",
    },
    "Pairs that differ in one thing, the compliant one lower": {
        "policy_pairs_ordered": "same plan, other policy",
        "role_pairs_ordered": "same plan, other role",
        "request_pairs_ordered": "same plan, other request",
        "limit_pairs_ordered": "same plan, a number within its limit or over it by at most one",
        "goal_pairs_ordered": "an attacker's goal, asked by the user or injected",
    },
    "Latents": {
        "own_z_e_among_256": "z_g finds its own z_e among 256",
        "nearest_neighbour_z_e": "the nearest other z_e is of the same class",
        "latent_order": "gold, boundary, adversarial in this order on their axis",
    },
}
_STYLE = """
:root { color-scheme: light; --ink: #1d2327; --faint: #5a6269; --line: #dcd9d2; --card: #fff; --page: #f6f5f2;
  --gold: #2f6fb0; --boundary: #8a5a00; --adversarial: #b3263a; font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
* { box-sizing: border-box; } body { margin: 0 auto; max-width: 82rem; padding: 1.5rem clamp(.8rem, 3vw, 2rem) 4rem;
  background: var(--page); color: var(--ink); overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; padding-top: .8rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1.02rem; margin: 1.6rem 0 .5rem; } p { margin: .3rem 0; max-width: 62rem; } small, .faint { color: var(--faint); }
nav a { margin-right: 1.2rem; } table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .22rem .7rem .22rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; white-space: nowrap; } .card table { width: 100%; } .card td:first-child { width: 99%; } thead th { color: var(--faint); font-weight: 600; }
code, pre { font: .86em/1.45 ui-monospace, Menlo, "DejaVu Sans Mono", monospace; }
.scroll { overflow-x: auto; } .grid { columns: 2 30rem; column-gap: 1rem; margin: 1rem 0; } .grid > * { break-inside: avoid; margin: 0 0 1rem; }
figure { margin: 0; } figure, .card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; }
figure img { display: block; width: 100%; height: auto; } figcaption { font-weight: 600; margin-bottom: .3rem; } figcaption small { font-weight: 400; }
details.card { margin: .5rem 0; } summary { cursor: pointer; } blockquote { margin: .5rem 0; padding-left: .8rem; border-left: 3px solid var(--line); white-space: pre-wrap; }
.gold { color: var(--gold); } .boundary { color: var(--boundary); } .adversarial { color: var(--adversarial); }
"""


def page(report: Mapping[str, Any], sets: Mapping[str, Judged], model: Model, log: Sequence[Mapping[str, Any]]) -> str:
    """The page of a report on these sets; `log` is that of the training run, empty if it is not known."""
    links = "".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in sets)
    sections = [_section(name, report["sets"][name], judged, model) for name, judged in sets.items()]
    training = (
        [_picture("Training", "grey: as logged; blue: smoothed; red: the same on held-out plans", pictures.curves(log))]
        if log
        else []
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation of {escape(model.version)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Evaluation of {escape(model.version)}</h1>
<p class="faint">package <code>{escape(model.digest)}</code></p>
<nav>{links}</nav>
{_overview(report["sets"])}
{"".join(sections)}
{'<h2 id="training">Training</h2>' if training else ""}{"".join(training)}
</body>
</html>
"""


def headlines(report: Mapping[str, Any]) -> str:
    """Every figure of every set in plain lines, for a terminal."""
    lines: list[str] = []
    for name, found in report["sets"].items():
        lines.append(name)
        for figures in FIGURES.values():
            lines += [f"  {_value(found['all'], key):>24}  {said}" for key, said in figures.items() if key in found["all"]]
    return "\n".join(lines)


def read_log(run: Path) -> list[dict[str, Any]]:
    """What a training run logged.

    Raises:
        FileNotFoundError: the folder is that of no run.
    """
    return [json.loads(line) for line in (run / LOG).read_text().splitlines()]


def _section(name: str, found: Mapping[str, Any], judged: Judged, model: Model) -> str:
    """All of one evaluation set."""
    counts = ", ".join(f"{count:,} {label}" for label, count in found["all"]["count"].items() if count)
    parts = [
        f'<h2 id="{escape(name)}">{escape(name)}</h2>',
        f"<p>{counts}; {len(set(judged.tasks)):,} tasks. Intervals are 95 % bootstrap intervals over tasks.</p>",
        _figures(found["all"], found["tables"]["pairs"]), _grid(_pictures(found["tables"], judged)), _goals(found["tables"]["goal_asked_and_injected"]), _groups(found["groups"]),
        _misses("Attacks with the lowest energy", judged.misses.attacks, model),
        _misses("Compliant plans with the highest energy", judged.misses.gold, model),
    ]  # fmt: skip
    return "\n".join(parts)


def _overview(sets: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures of all sets side by side, without intervals."""
    head = "<th>figure</th>" + "".join(f'<th class="n">{escape(name)}</th>' for name in sets)
    rows: list[str] = []
    for figures in FIGURES.values():
        for key, said in figures.items():
            cells = [_number(key, found["all"][key]) if key in found["all"] else "–" for found in sets.values()]
            if any(cell != "–" for cell in cells):
                rows.append(f"<tr><td>{said}</td>" + "".join(f'<td class="n">{cell}</td>' for cell in cells) + "</tr>")
    return _table(head, rows) if len(sets) > 1 else ""


def _figures(found: Mapping[str, Any], pairs: Mapping[str, int]) -> str:
    """`pairs`: how many there are of each kind."""
    counts = {f"{name}_pairs_ordered": f" <small>({count:,} pairs)</small>" for name, count in pairs.items()}
    cards: list[str] = []
    for title, figures in FIGURES.items():
        rows = [
            f'<tr><td>{said}{counts.get(key, "")}</td><td class="n">{_value(found, key)}</td></tr>'
            for key, said in figures.items()
            if key in found
        ]
        if rows:
            cards.append(f'<div class="card"><b>{title}</b>{_table("", rows)}</div>')
    return _grid(cards)


def _value(found: Mapping[str, Any], key: str) -> str:
    ends = found.get(f"{key}_interval")
    within = ", ".join(_number(key, end).removesuffix(" %") for end in ends or ())
    return _number(key, found[key]) + (f" [{within}]" if within else "")


def _number(key: str, value: float) -> str:
    if key.startswith(("mean_", "delta_")):
        return f"{value:.2f}"
    return f"{value:.3f}" if "auc" in key else f"{100 * value:.1f} %"


def _pictures(tables: Mapping[str, Any], judged: Judged) -> list[str]:
    found = [_picture("Energies", "the ground shows what is decided", pictures.energies(judged))]
    if "gold" in judged.labels and judged.attacks.any():
        found.append(
            _picture("Caught against stopped", "marked at 0.1, 1 and 5 % of compliant plans stopped", pictures.roc(judged))
        )
    bins = (tables["calibration"], tables["decisions"])
    found.append(_picture("Calibration", "what share of the plans of an energy is not compliant", pictures.calibration(*bins)))
    if any(judged.violated):
        title = ("Which term", "of cases over the line; shares of a row")
        found.append(_picture(*title, pictures.confusion(tables["largest_term_by_violated"])))
    if len(judged.labels) > 2:
        found.append(_picture("Map of z_e", "two main axes; crosses are centroids", pictures.latents(judged)))
    if judged.positions is not None:
        title = ("From gold to adversarial", "z_e on the line through both centroids, laid through the other half of the tasks")
        found.append(_picture(*title, pictures.positions(judged)))
    return found


def _picture(title: str, said: str, uri: str) -> str:
    return f'<figure><figcaption>{title} <small>{said}</small></figcaption><img src="{uri}" alt="{title}: {said}"></figure>'


def _goals(suites: Mapping[str, Mapping[str, float]]) -> str:
    if not suites:
        return ""
    rows = [
        f'<tr><td>{escape(suite)}</td><td class="n">{means["asked"]:.2f}</td><td class="n">{means["injected"]:.2f}</td></tr>'
        for suite, means in suites.items()
    ]
    head = '<th>suite</th><th class="n">asked by the user</th><th class="n">injected</th>'
    return "<h3>Mean energy of the calls that reach an attacker's goal</h3>" + _table(head, rows)


def _groups(groups: Mapping[str, Mapping[str, Any]]) -> str:
    if len(groups) < 2:
        return ""
    keys = [*(f"mean_{label}" for label in LABELS), "auc", "auc_any", "recall_at_1pct", "recall_at_5pct"]
    said = [*(f"mean {label}" for label in LABELS), "AUC", "AUC, any", "recall at 1 %", "at 5 %"]
    head = "<th>group</th>" + "".join(f'<th class="n">{name}</th>' for name in ("plans", *said))
    rows: list[str] = []
    for name, found in groups.items():
        cells = [f"{sum(found['count'].values()):,}", *(_number(key, found[key]) if key in found else "–" for key in keys)]
        rows.append(f"<tr><td>{escape(name)}</td>" + "".join(f'<td class="n">{cell}</td>' for cell in cells) + "</tr>")
    return "<h3>By group</h3>" + _table(head, rows)


def _misses(title: str, misses: Iterable[Miss], model: Model) -> str:
    cards = [_miss(miss, moved(model, miss)) for miss in misses]
    return f"<h3>{title}</h3>{''.join(cards)}" if cards else ""


def _miss(miss: Miss, clauses: Sequence[Moved]) -> str:
    case, score = miss.case, miss.score
    energies = {node.node_id: node for node in score.nodes}
    shown = {node.node_id for node in sorted(score.nodes, key=lambda node: -node.energy)[:CALLS]}
    rows = [
        _call(call, energies[call.node_id], hijacked=call.node_id in miss.hijacked)
        for call in case.execution_plan.nodes
        if call.node_id in shown
    ]
    left_out = len(score.nodes) - len(rows)
    head = "<th>call</th>" + "".join(f'<th class="n">{name}</th>' for name in (*TERMS, "energy"))
    broken = "".join(f"<li>{_excerpt(v.node_id)}: {_excerpt(v.kind or v.term)} ({v.term})</li>" for v in case.violations)
    moves = "".join(
        f"<li>{one.change:+.2f} without <code>{_excerpt(' › '.join(one.clause.path))}</code> {_excerpt(one.clause.text)}</li>"
        for one in clauses
    )
    doubts = ", ".join(score.grounds.reasons)
    return f"""<details class="card"><summary><b class="{miss.label}">{score.energy:.2f}</b>, {Bands().decide(score.energy, score.grounds.reasons)};
{miss.label}{f", {_excerpt(case.kind)}" if case.kind not in ("", miss.label) else ""}, task {_excerpt(miss.task)}, role {_excerpt(case.user_role or "none")}</summary>
<blockquote>{_excerpt(case.request or "no request", REQUEST)}</blockquote>
<div class="scroll">{_table(head, rows)}</div>
{f"<p class='faint'>{left_out} more calls have less energy.</p>" if left_out else ""}
{f"<p>No ground to judge: {escape(doubts)}</p>" if doubts else ""}
{f"<p>Over the line:</p><ul>{broken}</ul>" if broken else ""}
{f"<p>Clauses that move the energy most when each is taken out:</p><ul>{moves}</ul>" if moves else "<p>No clause moves the energy when it is taken out.</p>"}
</details>"""


def _call(call: ToolCall, node: NodeEnergy, *, hijacked: bool) -> str:
    mark = ' <b class="adversarial">hijacked</b>' if hijacked else ""
    said = [f"<code>{_excerpt(call.tool_name)}</code> <small>{_excerpt(call.node_id)}</small>{mark}"]
    if call.arguments:
        said.append(f"<code>{_excerpt(json.dumps(call.arguments, ensure_ascii=False))}</code>")
    if call.output:
        said.append(f"<small>returned: {_excerpt(call.output)}</small>")
    cells = "".join(f'<td class="n">{value:.2f}</td>' for value in (*node.terms.as_tuple(), node.energy))
    return f"<tr><td>{'<br>'.join(said)}</td>{cells}</tr>"


def _excerpt(text: str, most: int = VALUE) -> str:
    return escape(text if len(text) <= most else text[: most - 1] + "…")


def _grid(cards: Sequence[str]) -> str:
    return f'<div class="grid">{"".join(cards)}</div>'


def _table(head: str, rows: Sequence[str]) -> str:
    return f'<div class="scroll"><table>{f"<thead><tr>{head}</tr></thead>" if head else ""}<tbody>{"".join(rows)}</tbody></table></div>'
