"""Says when a model breaks a rule: a new one that blocks, fails or disagrees too much goes, wherever it stands."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

from gatling_core.beside import Place
from gatling_core.registry import version_number
from gatling_core.schemas import Decision
from gatling_core.settings import AlarmRules
from server.watched import Watched, What


class Alarm:
    """Counts what the current model and those beside it do, each for itself.

    Of current models only one that took over from an older one is watched, for `probation_s`: to roll back what was rolled back to would
    end at the first version, and after an hour an operator decides. Its block rate is compared with that of the model before.
    A canary is watched as long as it stands, and compared with the current model. So is a shadow that is newer than the current model;
    an older one is what that is measured by.
    """

    def __init__(self, rules: AlarmRules, now: Callable[[], float] = time.monotonic) -> None:
        self._rules, self._now = rules, now
        self._lock = Lock()
        self._current = self._watched("")
        self._beside: dict[Place, Watched] = {}
        self._until = float("-inf")
        self._before = 0.0

    def serves(self, version: str) -> None:
        """Another model serves from now on."""
        with self._lock:
            before = self._current
            self._before = self._block_rate(before)
            is_newer = bool(before.version) and version_number(version) > version_number(before.version)
            self._current = self._watched(version)
            self._until = self._now() + self._rules.probation_s if is_newer else float("-inf")
            for place, watched in self._beside.items():  # measured by another model from now on
                self._beside[place] = self._watched(watched.version)

    def stands(self, place: Place, version: str | None) -> None:
        """Another model, or none, stands beside it from now on."""
        with self._lock:
            if version is None:
                self._beside.pop(place, None)
            else:
                self._beside[place] = self._watched(version)

    def decided(self, version: str, *, blocked: bool) -> None:
        """A case was decided by this model."""
        happened: list[What] = ["decided", "blocked"] if blocked else ["decided"]
        with self._lock:
            for watched in (self._current, self._beside.get("canary")):
                if watched is not None and watched.version == version:
                    watched.count(*happened)
                    return

    def failed(self, *, canary: bool = False) -> None:
        """A case got no score because the current model, or the canary, failed."""
        with self._lock:
            (self._beside.get("canary", self._current) if canary else self._current).count("failed")

    def compared(self, version: str, answered: Decision, shadow: Decision) -> None:
        """The shadow decided a case that the current model answered. The newer of the two has to answer for the difference."""
        differed: list[What] = ["differed"] if answered != shadow else []
        with self._lock:
            watched = self._newer("shadow")
            if watched is None:
                self._current.count("compared", *differed)
                return
            if watched.version != version:  # of the shadow before
                return
            blocked: list[What] = ["blocked"] if shadow == "block" else []
            expected: list[What] = ["expected"] if answered == "block" else []
            watched.count("decided", "compared", *differed, *blocked, *expected)

    def shadow_failed(self, version: str) -> None:
        """A case got no score from the shadow."""
        with self._lock:
            watched = self._newer("shadow")
            if watched is not None and watched.version == version:
                watched.count("failed")

    def reason(self, version: str) -> str | None:
        """Why `version` should be rolled back; None while no rule is broken or it is not watched."""
        with self._lock:
            if version != self._current.version or self._now() > self._until:
                return None
            return self._broken(self._current.total(), f"the model before {self._before:.0%}", self._before)

    def reason_beside(self, place: Place, version: str) -> str | None:
        """Why `version` should be taken off this place; None while no rule is broken or it is not watched there."""
        with self._lock:
            watched = self._newer(place) if place == "shadow" else self._beside.get(place)
            if watched is None or watched.version != version or not self._rules.probation_s:
                return None
            total = watched.total()
            rate = total["expected"] / total["compared"] if total["compared"] else self._block_rate(self._current)
            return self._broken(total, f"the current model {rate:.0%}", rate)

    def has_proven(self, place: Place, version: str, after_s: float | None) -> bool:
        """Whether `version`, newer than the current one, has stood there for so long, and enough cases lately to break a rule broke none."""
        with self._lock:
            watched = self._newer(place)
            if after_s is None or watched is None or watched.version != version or self._now() - watched.since < after_s:
                return False
            is_watched = self._rules.probation_s > 0 and watched.total()["decided"] >= self._rules.min_decisions
        return is_watched and self.reason_beside(place, version) is None

    def _broken(self, total: Counter[What], other: str, rate: float) -> str | None:
        """The first rule that is broken, if the other model blocks so large a share."""
        rules = self._rules
        tried = total["decided"] + total["failed"]
        if tried >= rules.min_decisions and total["failed"] > rules.failed * tried:
            return f"{total['failed']} of {tried} cases got no score"
        if total["decided"] >= rules.min_decisions and total["blocked"] > (rate + rules.blocked) * total["decided"]:
            return f"blocks {total['blocked']} of {total['decided']} cases, {other}"
        if total["compared"] >= rules.min_decisions and total["differed"] > rules.differed * total["compared"]:
            return f"shadow and current model decide {total['differed']} of {total['compared']} cases differently"
        return None

    def _newer(self, place: Place) -> Watched | None:
        """Who stands there, if it is newer than the current model."""
        watched = self._beside.get(place)
        is_newer = watched is not None and version_number(watched.version) > version_number(self._current.version)
        return watched if is_newer else None

    def _block_rate(self, watched: Watched) -> float:
        """Of too few cases it is 0: nothing is known that would excuse another model."""
        total = watched.total()
        return total["blocked"] / total["decided"] if total["decided"] >= self._rules.min_decisions else 0.0

    def _watched(self, version: str) -> Watched:
        return Watched(version, self._rules.window_s, self._now)
