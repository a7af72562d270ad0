"""Which model serves: follows `registry/current`, loads and probes in a thread, swaps, and keeps the old one when the new is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import structlog
from pydantic import BaseModel

from gatling_core.errors import NotFound, PackageRejected, RegistryError
from gatling_core.registry import Registry, read_manifest, verify_package
from gatling_core.runtime import Model, check_provider
from gatling_core.schemas import ModelRef
from gatling_core.settings import Settings
from server.alarm import Alarm
from server.engine import Engine, ScoringModel, is_sound
from server.examples import probes
from server.metrics import Metrics

Load = Callable[[Path], ScoringModel]

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
    """Keeps the engine on the registry's current version."""

    def __init__(self, registry: Registry, engine: Engine, metrics: Metrics, load: Load, alarm: Alarm) -> None:
        self.refused: Refused | None = None
        self._registry = registry
        self._engine = engine
        self._metrics = metrics
        self._load = load
        self._alarm = alarm
        self._one_at_a_time = asyncio.Lock()
        self._seen: tuple[int, int] | None = None

    async def start(self, shipped: Path) -> None:
        """Load the first model, if the engine has none."""
        async with self._one_at_a_time:
            self._seen = self._signature()
            if self._engine.model is None:
                model = await asyncio.to_thread(first_model, self._registry, shipped, self._load, self._refuse)
                self._seen = self._signature()
                if model is not None:
                    self._swap(model)

    async def beside(self, version: str) -> ScoringModel | None:
        """A version to serve beside the current one, as shadow or canary; None, and reported, if it is refused."""
        async with self._one_at_a_time:
            try:
                return await asyncio.to_thread(lambda: load_checked(self._load, self._registry.package(version)))
            except RegistryError as error:
                self._refuse(version, error)
                return None

    async def watch(self, every_ms: int) -> None:
        """Follows `registry/current` until cancelled."""
        while True:
            await asyncio.sleep(every_ms / 1_000)
            await self.follow()

    async def follow(self) -> None:
        """Serve what `registry/current` names, if that has changed since the last look. A refusal is kept and reported.

        A model that sets off the alarm is rolled back first.
        """
        async with self._one_at_a_time:
            await asyncio.to_thread(self._heed)
            await asyncio.to_thread(self._follow)

    async def activate(self, version: str) -> ModelRef:
        """Load and probe a version, make it current, serve it. The model that serves then.

        Raises:
            NotFound: no such version.
            RegistryError: it is refused, or the registry cannot be written; what was current stays so.
        """
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._activate, version)

    def _heed(self) -> None:
        serving = self._engine.serving
        reason = self._alarm.reason(serving.version) if serving else None
        if serving is None or reason is None:
            return
        try:
            target = self._registry.roll_back(reason, only=serving.version)
        except RegistryError as error:  # read-only, or another server or an operator was quicker: this one follows
            log.warning("not_rolled_back", version=serving.version, reason=reason, error=str(error))
            return
        self._metrics.roll_backs.inc()
        log.error("rolled_back", version=serving.version, to=target, reason=reason)

    def _follow(self) -> None:
        try:
            self._registry.refresh()
        except RegistryError as error:  # away: the model that serves does so on
            log.warning("registry_not_read", reason=str(error))
        signature = self._signature()
        if signature == self._seen:
            return
        self._seen = signature
        version = "current"
        try:
            version = self._registry.current() or version
            package = self._registry.package(version)
            serving = self._engine.serving
            if serving is None or read_manifest(package).digest != serving.digest:
                self._swap(load_checked(self._load, package))
        except RegistryError as error:
            self._refuse(version, error)

    def _activate(self, version: str) -> ModelRef:
        try:
            package = self._registry.package(version)
        except RegistryError as error:
            raise NotFound(str(error)) from None
        try:
            model = load_checked(self._load, package)
        except PackageRejected as error:
            self._refuse(version, error)
            raise
        self._registry.activate(version)
        self._seen = self._signature()
        return self._swap(model)

    def _swap(self, model: ScoringModel) -> ModelRef:
        if self._engine.model is not None:
            model.take_over(self._engine.model)
        self._engine.swap(model)
        self._alarm.serves(model.version)
        self._metrics.reloads.inc()
        log.info("model_serves", version=model.version, digest=model.digest)
        return ModelRef(version=model.version, digest=model.digest)

    def _refuse(self, version: str, error: Exception) -> None:
        self.refused = Refused(version=version, reason=str(error), time=datetime.now(UTC))
        self._metrics.reload_failures.inc()
        log.error("package_refused", version=version, reason=str(error))

    def _signature(self) -> tuple[int, int] | None:
        """Changes with every replacement of `current`, also by the same name."""
        try:
            status = (self._registry.root / "current").stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino
