"""From a case to its answer: score, decide, and hand what the model is unsure of to the case queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import uuid4

import structlog

from gatling_core.bands import Bands
from gatling_core.errors import GatlingError
from gatling_core.queue import QueueEntry
from gatling_core.schemas import Answer, Case
from gatling_core.settings import Settings
from gatling_core.spool import Spool
from server.alarm import Alarm
from server.decision_log import DecisionLog
from server.engine import Engine, Scored
from server.errors import ScoreFailed
from server.handover import Handover
from server.metrics import Metrics
from server.problems import problem_of
from server.shadow import Shadow
from server.tracing import annotate, span

log = structlog.get_logger()


def answer_of(scored: Scored, bands: Bands) -> Answer:
    """The answer on the wire, under a decision id of its own, not queued so far."""
    score = scored.score
    return Answer(
        decision_id=str(uuid4()),
        decision=bands.decide(score.energy, score.grounds.reasons),
        energy=score.energy,
        terms=score.terms,
        nodes=list(score.nodes),
        uncertainty=score.grounds.uncertainty,
        reasons=list(score.grounds.reasons),
        queued=False,
        model=scored.model,
        policy_digest=score.policy_digest,
    )


class _Unsure(NamedTuple):
    """A case for the queue."""

    case: Case
    answer: Answer
    tenant: str


class Decider:
    """Decides cases of any tenant. Redis is never in the way of an answer: the spool takes the case and delivers it later."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        spool: Spool,
        metrics: Metrics,
        decision_log: DecisionLog,
        shadow: Shadow,
        alarm: Alarm,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._spool = spool
        self._spooling = Handover(self._spooled)
        self._metrics = metrics
        self._log = decision_log
        self._shadow = shadow
        self._alarm = alarm

    async def decide(self, case: Case, tenant: str) -> Answer:
        """The answer to one case.

        Raises:
            GatlingError: there is no score; the error is never an answer, so never an allow.
        """
        outcome = (await self.decide_all([case], tenant))[0]
        if isinstance(outcome, GatlingError):
            raise outcome
        return outcome

    async def decide_all(self, cases: Sequence[Case], tenant: str) -> list[Answer | GatlingError]:
        """Per case its answer, or why there is none."""
        bands = self._settings.bands_of(tenant)
        standing = self._engine.canary
        canary = standing is not None and standing.terms.takes(tenant)
        with span("score"):
            outcomes = await self._engine.score(cases, canary=canary)
        answers = [answer_of(outcome, bands) if isinstance(outcome, Scored) else outcome for outcome in outcomes]
        unsure = {
            i: _Unsure(case, answer.model_copy(update={"queued": True}), tenant)
            for i, (case, answer) in enumerate(zip(cases, answers, strict=True))
            if isinstance(answer, Answer) and bands.queues(answer.energy, answer.reasons)
        }
        identities = dict(zip(unsure, await self._queue(list(unsure.values())), strict=True))
        found = [unsure[i].answer if identities.get(i) else answer for i, answer in enumerate(answers)]
        for i, (case, outcome, answer) in enumerate(zip(cases, outcomes, found, strict=True)):
            if isinstance(outcome, Scored) and not canary:  # a shadow is compared with the current model
                self._shadow.offer(case, outcome.score, bands, identities.get(i))
            self._note(case, answer, tenant, canary=canary)
        return found

    async def _queue(self, unsure: Sequence[_Unsure]) -> list[str | None]:
        """Of each the identity of its entry, once that is on disk; None where it is not, so that `queued` tells the truth."""
        if not unsure:
            return []
        with self._metrics.stage("spool"):
            identities = [await identity for identity in [self._spooling(item) for item in unsure]]
        for item, identity in zip(unsure, identities, strict=True):
            if identity is None:
                self._metrics.unqueued.inc()
                reason = "the spool is full, or the disk refuses"
                log.warning("case_not_queued", decision_id=item.answer.decision_id, reason=reason)
        return identities

    def _spooled(self, unsure: _Unsure) -> str | None:
        case, answer, tenant = unsure
        entry = QueueEntry.of(case, answer, tenant=tenant, keep_outputs=self._settings.queues_outputs(tenant))
        return entry.identity if self._spool.append(entry) else None

    def _note(self, case: Case, outcome: Answer | GatlingError, tenant: str, *, canary: bool) -> None:
        """Count and log what was decided, or that nothing was."""
        self._log.add(case, outcome, tenant)
        if isinstance(outcome, Answer):
            self._metrics.decided(outcome, tenant)
            self._alarm.decided(outcome.model.version, blocked=outcome.decision == "block")
            annotate(outcome, tenant)
            return
        self._metrics.failures.labels(problem_of(outcome).type.rsplit(":", 1)[-1]).inc()
        if isinstance(outcome, ScoreFailed):
            self._alarm.failed(canary=canary)
