"""The steps of a model that nobody has to take by hand: back when it breaks a rule, forward when it has proven itself."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from gatling_core.beside import PLACES, Place
from gatling_core.errors import RegistryError
from gatling_core.registry import Registry
from gatling_core.settings import RolloutRules
from server.alarm import Alarm
from server.metrics import Metrics

RETRY_S = 10.0
"""After a step that the registry refused: it may be read-only, and stay so."""

log = structlog.get_logger()


class Rollout:
    """Moves versions in the registry, as the alarm of this server says. Every server does, and follows the registry: the first one is right.

    What the settings let stand beside is the operator's, and stays.
    """

    def __init__(
        self,
        registry: Registry,
        alarm: Alarm,
        metrics: Metrics,
        rules: RolloutRules,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._alarm = alarm
        self._metrics = metrics
        self._after_s: dict[Place, int | None] = {"shadow": rules.shadow_s, "canary": rules.canary_s}
        self._share = rules.share
        self._now, self._not_before = now, float("-inf")

    def step(self, serving: str) -> None:
        """At most one step of each model, while `serving` serves."""
        if self._now() < self._not_before:
            return
        try:
            self._roll_back(serving)
            beside = self._registry.beside()
            for place in PLACES:
                version = beside.at(place)
                if version is not None:
                    self._step_beside(version, place, serving, is_free=place == "canary" or beside.canary is None)
        except RegistryError as error:  # read-only, or another server or an operator was quicker: this one follows
            self._not_before = self._now() + RETRY_S
            log.warning("not_rolled_out", serving=serving, error=str(error))

    def _roll_back(self, serving: str) -> None:
        reason = self._alarm.reason(serving)
        if reason is not None:
            target = self._registry.roll_back(reason, only=serving)
            self._metrics.roll_backs.inc()
            log.error("rolled_back", version=serving, to=target, reason=reason)

    def _step_beside(self, version: str, place: Place, serving: str, *, is_free: bool) -> None:
        """`is_free`: nobody stands where it would go."""
        reason = self._alarm.reason_beside(place, version)
        if reason is not None:
            self._registry.take_off(version, place, reason)
            self._metrics.roll_backs.inc()
            log.error("taken_off", version=version, place=place, reason=reason)
        elif is_free and self._alarm.has_proven(place, version, self._after_s[place]):
            self._registry.promote(version, place, over=serving, share=self._share)
            log.info("promoted", version=version, place=place, over=serving)
