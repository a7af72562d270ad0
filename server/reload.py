"""Which models run: follows `registry/current` and `registry/beside`, loads and probes in a thread, swaps, and keeps what ran when the new is refused."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog
from pydantic import BaseModel

from gatling_core.beside import PLACES, Beside
from gatling_core.errors import NotFound, PackageRejected, RegistryError
from gatling_core.registry import Registry, read_manifest, verify_package
from gatling_core.runtime import Model, check_provider
from gatling_core.schemas import ModelRef
from gatling_core.settings import Settings
from server.alarm import Alarm
from server.bystanders import Bystanders
from server.engine import Engine, ScoringModel, is_sound
from server.examples import probes
from server.metrics import Metrics
from server.rollout import Rollout

AGAIN_S = 10.0
"""Until what the registry could not give is asked for again. What it gave and was refused is not: it would be again."""

_NOT_GIVEN = "the registry does not give it; the server's log says why"
"""What `/readyz` tells anybody: the storage's own words name where it is."""

Load = Callable[[Path], ScoringModel]
Signature = tuple[int, int] | None

log = structlog.get_logger()


class Refused(BaseModel):
    """The last package that was not taken, and why."""

    version: str
    reason: str
    time: datetime


def loader(settings: Settings) -> Load:
    """How packages become models under these settings.

    Raises:
        ProviderMissing: onnxruntime cannot run on the hardware that they name.
    """
    check_provider(settings.provider)
    return lambda package: Model.load(
        package, provider=settings.provider, threads=settings.threads, cached_policies=settings.cached_policies
    )


def load_checked(load: Load, package: Path) -> ScoringModel:
    """A model of a package whose every byte was checked, that has warmed up on the probe cases and scored them soundly, the attack higher than the allowed case.

    Raises:
        PackageRejected: it must not serve.
    """
    cases = probes()
    try:
        verify_package(package)
        model = load(package)
        model.score(cases[:1])  # the first runs of a session are slow: nobody should wait for them
        scores = model.score(cases)
    except PackageRejected:
        raise
    except Exception as error:  # whatever a broken package raises, the one that serves must stay
        raise PackageRejected(f"{package.name} cannot be loaded: {type(error).__name__}: {error}") from error
    if len(scores) != len(cases) or not all(is_sound(score, case) for score, case in zip(scores, cases, strict=True)):
        raise PackageRejected(f"{package.name} gives no usable energy for the probe cases")
    allowed, attack = (score.energy for score in scores)
    if attack <= allowed:
        raise PackageRejected(
            f"{package.name} scores the probe attack {attack:.3g}, no higher than the allowed case {allowed:.3g}"
        )
    return model


def first_model(registry: Registry, shipped: Path, load: Load, refuse: Callable[[str, Exception], None]) -> ScoringModel | None:
    """The current version, or else the newest older one that can serve, or else the shipped package; None if there is none."""
    try:
        registry.refresh()
        if shipped.is_dir():
            registry.seed(shipped)
    except RegistryError as error:  # away, read-only, or damaged: what the registry holds may serve all the same
        log.info("registry_not_seeded", reason=str(error))
    for name, package in _candidates(registry, shipped, refuse):
        try:
            return load_checked(load, package)
        except PackageRejected as error:
            refuse(name, error)
    return None


def _candidates(registry: Registry, shipped: Path, refuse: Callable[[str, Exception], None]) -> Iterator[tuple[str, Path]]:
    current = None
    try:
        current = registry.current()
    except RegistryError as error:
        refuse("current", error)
    older = [manifest.version for manifest in reversed(registry.versions())]
    if current in older:
        older = older[older.index(current) + 1 :]
    for version in [current, *older] if current else older:
        try:
            yield version, registry.package(version)
        except RegistryError as error:
            refuse(version, error)
    if shipped.is_dir():
        yield "shipped", shipped


class Reloader:
    """Keeps the engine on the registry's current version, and what stands beside it there too."""

    def __init__(
        self,
        registry: Registry,
        engine: Engine,
        bystanders: Bystanders,
        metrics: Metrics,
        load: Load,
        alarm: Alarm,
        rollout: Rollout,
        standing: Beside,
    ) -> None:
        """`standing`: what stands beside where the registry says nothing."""
        self.refused: Refused | None = None
        self._registry = registry
        self._engine = engine
        self._bystanders = bystanders
        self._metrics = metrics
        self._load = load
        self._alarm = alarm
        self._rollout = rollout
        self._standing = standing
        self._one_at_a_time = asyncio.Lock()
        self._seen: Signature = None
        self._seen_beside: tuple[Signature, ModelRef | None] | None = None
        self._again_at = math.inf

    async def start(self, shipped: Path) -> None:
        """Load the first model, if the engine has none, and what stands beside it."""
        async with self._one_at_a_time:
            self._seen = self._signature("current")
            if self._engine.model is None:
                model = await asyncio.to_thread(first_model, self._registry, shipped, self._load, self._refuse)
                self._seen = self._signature("current")
                if model is not None:
                    self._swap(model)
            await asyncio.to_thread(self._follow_beside)

    async def watch(self, every_ms: int) -> None:
        """Follows the registry until cancelled, whatever happens: a look that fails is not the last one."""
        while True:
            await asyncio.sleep(every_ms / 1_000)
            try:
                await self.follow()
            except Exception:
                log.exception("registry_not_followed")

    async def follow(self) -> None:
        """Run what the registry names, if that has changed since the last look. A refusal is kept and reported.

        First it moves what should move by itself.
        """
        async with self._one_at_a_time:
            self._forget_failures()
            await asyncio.to_thread(self._step)
            await asyncio.to_thread(self._follow)
            await asyncio.to_thread(self._follow_beside)

    async def activate(self, version: str) -> ModelRef:
        """Load and probe a version, make it current, serve it. The model that serves then.

        Raises:
            NotFound: no such version.
            RegistryError: it is refused, or the registry cannot be written; what was current stays so.
        """
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._activate, version)

    async def stand_beside(self, places: Beside) -> Beside:
        """Load and probe versions, let them stand beside the current one; None ends it. What should stand beside then.

        Raises:
            NotFound: no such version.
            RegistryError: it is refused, or current, or the registry cannot be written; what stood beside stays so.
        """
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._stand_beside, places)

    def beside(self) -> Beside:
        """What should stand beside: what the registry says, and what the settings say of places of which it says nothing.

        Raises:
            RegistryError: the registry cannot be read.
        """
        return self._registry.beside().over(self._standing)

    def _forget_failures(self) -> None:
        """Look again at what has not changed, after a while, if the registry could not give it."""
        if time.monotonic() >= self._again_at:
            self._seen = self._seen_beside = None
            self._again_at = math.inf

    def _step(self) -> None:
        serving = self._engine.serving
        if serving is not None:
            self._rollout.step(serving.version)

    def _follow(self) -> None:
        try:
            self._registry.refresh()
        except RegistryError as error:  # away: the model that serves does so on
            log.warning("registry_not_read", reason=str(error))
        signature = self._signature("current")
        if signature == self._seen:
            return
        self._seen = signature
        version = "current"
        try:
            version = self._registry.current() or version
            package = self._registry.package(version)
            serving = self._engine.serving
            if serving is None or read_manifest(package).digest != serving.digest:
                self._swap(self._model_of(package))
        except RegistryError as error:
            self._refuse(version, error)

    def _follow_beside(self, *loaded: ScoringModel) -> None:
        """Let those stand beside who should, if that has changed. Where one is refused, who stood there stays."""
        serving = self._engine.serving
        seen = self._signature("beside"), serving
        if seen == self._seen_beside:
            return
        self._seen_beside = seen
        try:
            wanted = self.beside()
        except RegistryError as error:
            self._refuse("beside", error)
            return
        if serving is not None:
            wanted = wanted.without(serving.version)
        known = [*loaded, *self._bystanders.models()]
        for place in PLACES:
            version = wanted.at(place)
            try:
                model = self._model_of(self._registry.package(version), known) if version else None
                self._bystanders.put(place, model, wanted.canary)
            except RegistryError as error:
                self._refuse(version or place, error)

    def _activate(self, version: str) -> ModelRef:
        model = self._asked_for(version)
        self._registry.activate(version)
        self._seen = self._signature("current")
        serving = self._swap(model)
        self._follow_beside()
        return serving

    def _stand_beside(self, places: Beside) -> Beside:
        loaded = [self._asked_for(version) for version in places.versions()]
        self._registry.stand_beside(places)
        self._follow_beside(*loaded)
        return self.beside()

    def _asked_for(self, version: str) -> ScoringModel:
        """The model of a version that a caller names.

        Raises:
            NotFound: there is none.
            PackageRejected: it must not serve.
        """
        try:
            package = self._registry.package(version)
        except RegistryError as error:
            raise NotFound(str(error)) from None
        try:
            return self._model_of(package)
        except PackageRejected as error:
            self._refuse(version, error)
            raise

    def _model_of(self, package: Path, known: Sequence[ScoringModel] | None = None) -> ScoringModel:
        """The model of a package: one of those `known`, by default those beside, which were checked when they came; else loaded and checked.

        Raises:
            PackageRejected: it must not serve.
        """
        digest = read_manifest(package).digest
        found = [model for model in (self._bystanders.models() if known is None else known) if model.digest == digest]
        return found[0] if found else load_checked(self._load, package)

    def _swap(self, model: ScoringModel) -> ModelRef:
        if self._engine.model is not None:
            model.take_over(self._engine.model)
        self._engine.swap(model)
        self._alarm.serves(model.version)
        self._metrics.reloads.inc()
        log.info("model_serves", version=model.version, digest=model.digest)
        return ModelRef(version=model.version, digest=model.digest)

    def _refuse(self, version: str, error: Exception) -> None:
        reason = str(error)
        if not isinstance(error, PackageRejected):
            self._again_at = time.monotonic() + AGAIN_S
            reason = _NOT_GIVEN
        self.refused = Refused(version=version, reason=reason, time=datetime.now(UTC))
        self._metrics.reload_failures.inc()
        log.error("package_refused", version=version, reason=str(error))

    def _signature(self, name: str) -> Signature:
        """Changes with every replacement of a small file of the registry, also by the same text."""
        try:
            status = (self._registry.root / name).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino
