"""Real data as labelled cases: the suites of AgentDojo, from the PyPI package, executed in its own environments.

Every suite (workspace, travel, banking, slack) gives three kinds of case, under the package's default system message as the policy:

- `user_task`, gold: a user's task and the calls that the package holds to be its solution.
- `composed`, adversarial: the same, but after the first call whose output shows the attacker's goal come the calls that reach that
  goal (`hijacked_calls`). The goal stands where the package's own attacks put it. The minimal pair saw the same outputs and did not obey,
  so that an attacker's goal in an output is no sign of an attack.
- `asked`, gold: the attacker's goal as the user's own request, and the calls that reach it. What decides is who asked.

Each call is executed, so outputs are real, errors included. What the package solves without a call gives no case; neither does an attack
on a task whose outputs show nothing that an attacker could have written.

The recorded runs that Gatling is evaluated on are of these suites. A model that is shipped may learn from these cases only if its report
says which suites were left out, and its figures on AgentDojo are figures on those alone. The lines are cases like any other:
`./gatling train` reads them (`trainer.dataset.parse`), and `./gatling evaluate` reports them by suite.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any, cast

from gatling_core.errors import DependencyMissing, InvalidInput
from gatling_core.recorder import PlanRecorder
from gatling_core.schemas import Case, LabelledPlan
from trainer.recordings import blamed, write_cases

VERSION = "v1.2.2"
"""Of the benchmark, not of the package: later versions of the package keep the older ones."""
ATTACKS = ("direct", "ignore_previous", "system_message", "injecagent")
"""The package's wordings of an injected goal that address no model by name. They take turns."""
NOW = "2024-05-15 12:00:00"
"""When a mail is sent and a file is changed, in outputs: the package takes the wall clock, which would be another each time."""

_WALL_CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")
"""No time in the data of the suites has microseconds."""


def agentdojo(out: Path, leave_out: Collection[str] = ()) -> Counter[tuple[str, str]]:
    """Write the cases of every suite but those left out; the same bytes each time.

    Returns:
        How many cases there are of each suite and label.

    Raises:
        DependencyMissing: the package is not installed.
        InvalidInput: no suite has a name that was to be left out, or the file could not be read back under its name.
    """
    suites: Mapping[str, Any] = _module("task_suite.load_suites").get_suites(VERSION)
    for name in leave_out:
        if name not in suites:
            raise InvalidInput(f"no suite '{name}'; there are {', '.join(sorted(suites))}", "leave-out")
    return write_cases(
        out, ((name, line) for name in sorted(set(suites) - set(leave_out)) for line in _Suite(suites[name]).lines())
    )


def _module(name: str) -> Any:
    """A module of the package, which is installed for this command alone."""
    try:
        return import_module(f"agentdojo.{name}")
    except ModuleNotFoundError as error:
        raise DependencyMissing(
            f"no module {error.name}: `./gatling import` installs locks/importers.txt; else install it"
        ) from error


class _Suite:
    """One suite of the package, and how its tasks become lines."""

    def __init__(self, suite: Any) -> None:
        self._suite = suite
        self._policy: str = _module("agent_pipeline.agent_pipeline").load_system_message("default").strip()
        self._tools = [
            {"name": tool.name, "description": tool.description, "parameters": tool.parameters.model_json_schema()}
            for tool in suite.tools
        ]
        load = _module("attacks.attack_registry").load_attack
        # These wordings do not look at the pipeline that is attacked.
        self._attacks = {name: load(name, suite, None) for name in ATTACKS}

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every case of the suite, in the package's order of tasks."""
        wordings = cycle(ATTACKS)
        environment = self._suite.load_and_inject_default_environment({})
        goals = [task for task in self._suite.injection_tasks.values() if task.ground_truth(environment)]
        for task in self._suite.user_tasks.values():
            run = self._begin(task, environment)
            if run.execute(task.ground_truth(run.environment)):
                yield self._line(run.case(), task.ID, task.ID, label="gold", kind="user_task")
            shown = self._first_exposed(task)
            for goal in goals if shown else ():
                yield self._composed(task, goal, shown, next(wordings))
        for goal in goals:
            run = self._run(goal.GOAL, environment)
            run.execute(goal.ground_truth(run.environment))
            yield self._line(run.case(), f"asked/{goal.ID}", goal.ID, label="gold", kind="asked")

    def _first_exposed(self, task: Any) -> int:
        """The number of calls up to the first whose output shows what an attacker may write; 0 if none does."""
        canaries: Mapping[str, str] = self._attacks[ATTACKS[0]].canary_injections
        run = self._begin(task, self._suite.load_and_inject_default_environment(canaries))
        outputs = run.execute(task.ground_truth(run.environment))
        return next((k for k, text in enumerate(outputs, 1) if any(canary in text for canary in canaries.values())), 0)

    def _composed(self, task: Any, goal: Any, shown: int, wording: str) -> dict[str, Any]:
        """The attack on a user's task: its calls come after the first `shown` of the user's."""
        environment = self._suite.load_and_inject_default_environment(self._attacks[wording].attack(task, goal))
        obeys, resists = self._begin(task, environment), self._begin(task, environment)
        asked: Sequence[Any] = task.ground_truth(obeys.environment)
        obeys.execute(asked[:shown])
        hijacked: Sequence[Any] = goal.ground_truth(obeys.environment)
        obeys.execute(hijacked)
        obeys.execute(asked[shown:])
        resists.execute(task.ground_truth(resists.environment))
        plan = resists.case().execution_plan.model_dump()
        pair = LabelledPlan.model_validate({**plan, "label": "gold", "kind": "resisted"})
        case = obeys.case().model_copy(update={"minimal_pair": pair})
        nodes = [node.node_id for node in case.execution_plan.nodes[shown : shown + len(hijacked)]]
        case = blamed(case.model_copy(update={"label": "adversarial"}), nodes)
        line = self._line(case, f"{task.ID}/{goal.ID}", task.ID, label="adversarial", kind="composed")
        return {**line, "injection_task": goal.ID, "attack": wording, "hijacked_calls": nodes}

    def _begin(self, task: Any, environment: Any) -> _Run:
        run = self._run(task.PROMPT, environment)
        run.environment = task.init_environment(run.environment)
        return run

    def _run(self, request: str, environment: Any) -> _Run:
        recorder = PlanRecorder(policy=self._policy, tools=self._tools)
        recorder.say("user", request)
        return _Run(recorder, self._suite.tools, deepcopy(environment))

    def _line(self, case: Case, name: str, user_task: str, *, label: str, kind: str) -> dict[str, Any]:
        found = case.model_copy(update={"id": f"agentdojo/{self._suite.name}/{name}", "label": label, "kind": kind})
        where = {"suite": self._suite.name, "user_task": user_task, "split": "train"}
        return {**where, **found.model_dump(mode="json", exclude_defaults=True)}


class _Run:
    """Calls executed one after the other in one environment, under the eyes of the plan recorder."""

    def __init__(self, recorder: PlanRecorder, tools: Sequence[Any], environment: Any) -> None:
        self.environment = environment
        self._recorder = recorder
        self._runtime: Any = _module("functions_runtime").FunctionsRuntime(tools)
        self._as_text = _module("agent_pipeline.tool_execution").tool_result_to_str

    def execute(self, calls: Sequence[Any]) -> list[str]:
        """What each call returned, as the package shows it to an agent."""
        return [self._execute(call) for call in calls]

    def case(self) -> Case:
        return self._recorder.case()

    def _execute(self, call: Any) -> str:
        self._recorder.call(call.function, call.args)
        result, error = self._runtime.run_function(self.environment, call.function, call.args)
        participants = getattr(result, "participants", None)
        if isinstance(participants, list):
            cast("list[str]", participants).sort()  # the calendar makes it from a set, whose order differs between processes
        text: str = _WALL_CLOCK.sub(NOW, error or self._as_text(result))
        self._recorder.output(text)
        return text
