"""From a case to its answer: score, decide, and hand what the model is unsure of to the case queue."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter
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
        found = [
            await self._answered(case, outcome, bands, tenant) if isinstance(outcome, Scored) else (outcome, None)
            for case, outcome in zip(cases, outcomes, strict=True)
        ]
        if not canary:  # a shadow is compared with the current model
            for case, outcome, (_, identity) in zip(cases, outcomes, found, strict=True):
                if isinstance(outcome, Scored):
                    self._shadow.offer(case, outcome.score, bands, identity)
        for case, (outcome, _) in zip(cases, found, strict=True):
            self._log.add(case, outcome, tenant)
            if isinstance(outcome, GatlingError):
                self._metrics.failures.labels(problem_of(outcome).type.rsplit(":", 1)[-1]).inc()
            if isinstance(outcome, ScoreFailed):
                self._alarm.failed(canary=canary)
        return [outcome for outcome, _ in found]

    async def _answered(self, case: Case, scored: Scored, bands: Bands, tenant: str) -> tuple[Answer, str | None]:
        """The answer, and the identity of the queue's entry if there is one."""
        answer, identity = answer_of(scored, bands), None
        if bands.queues(answer.energy, answer.reasons):
            answer, identity = await self._queued(case, answer, tenant)
        self._metrics.decided(answer, tenant)
        self._alarm.decided(answer.model.version, blocked=answer.decision == "block")
        annotate(answer, tenant)
        return answer, identity

    async def _queued(self, case: Case, answer: Answer, tenant: str) -> tuple[Answer, str | None]:
        """The entry's identity, and the answer with `queued` telling the truth: the case is on disk, or it is not."""
        start = perf_counter()
        queued = answer.model_copy(update={"queued": True})
        with span("spool"):
            identity = await asyncio.to_thread(self._spooled, case, queued, tenant)
        self._metrics.stages.labels("spool").observe(perf_counter() - start)
        if identity is None:
            self._metrics.unqueued.inc()
            log.warning("case_not_queued", decision_id=answer.decision_id, reason="the spool is full, or the disk refuses")
            return answer, None
        return queued, identity

    def _spooled(self, case: Case, answer: Answer, tenant: str) -> str | None:
        entry = QueueEntry.of(case, answer, tenant=tenant, keep_outputs=self._settings.queues_outputs(tenant))
        return entry.identity if self._spool.append(entry) else None
