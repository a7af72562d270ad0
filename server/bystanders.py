"""The models that run beside the one that serves: a shadow, a canary, both or neither."""

from __future__ import annotations

import structlog

from gatling_core.beside import PLACES, Canary, Place
from server.alarm import Alarm
from server.engine import CanaryModel, Engine, ScoringModel
from server.metrics import Metrics
from server.shadow import Shadow

log = structlog.get_logger()


class Bystanders:
    """Puts models at their places. The old one is freed with the last batch that runs on it."""

    def __init__(self, engine: Engine, shadow: Shadow, metrics: Metrics, alarm: Alarm) -> None:
        self._engine = engine
        self._shadow = shadow
        self._metrics = metrics
        self._alarm = alarm

    def at(self, place: Place) -> ScoringModel | None:
        if place == "shadow":
            return self._shadow.model
        canary = self._engine.canary
        return canary.model if canary else None

    def models(self) -> list[ScoringModel]:
        return [model for place in PLACES if (model := self.at(place))]

    def put(self, place: Place, model: ScoringModel | None, canary: Canary | None) -> None:
        """Let this model stand there from the next batch on, or none; as canary under these terms."""
        before = self.at(place)
        if place == "canary":
            self._engine.canary = CanaryModel(model, canary) if model and canary else None
        elif model is not before:
            self._shadow.swap(model)
        if model is before:
            return
        self._alarm.stands(place, model.version if model else None)
        self._metrics.standing({other: found.version for other in PLACES if (found := self.at(other))})
        log.info("model_stands_beside", place=place, version=model.version if model else None)
