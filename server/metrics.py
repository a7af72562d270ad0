"""What Prometheus reads at `GET /metrics`: one registry per app, so that two apps in one process do not collide."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gatling_core.schemas import TERMS, Answer, ModelRef
from server.pooled import Pool
from server.sibling import Sibling
from server.tracing import span

_ENERGY_BUCKETS = (0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)
_DIFFERENCE_BUCKETS = (0.01, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16)
_SECONDS_BUCKETS = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128)

Reading = tuple[str, str, float]
"""Name, help and value of something counted elsewhere, read when Prometheus asks. A name ending in `_total` is a counter."""


class Metrics:
    """Every measure of the server under its name."""

    def __init__(
        self, is_known: Callable[[str], bool] = lambda tenant: tenant == "default", sibling: Sibling | None = None
    ) -> None:
        """
        Args:
            is_known: whether a tenant gets a label of its own. Callers can name any number of others, which share one.
            sibling: which process this is of those whose measures are told together.
        """
        self._is_known = is_known
        self.registry = CollectorRegistry()
        self.pool = Pool(self.registry, sibling) if sibling else None
        self.decisions = Counter("gatling_decisions", "Cases decided", ["decision", "tenant"], registry=self.registry)
        self.doubted = Counter(
            "gatling_doubted",
            "Cases that the model has no ground to judge, by what is missing",
            ["reason"],
            registry=self.registry,
        )
        self.energy = Histogram("gatling_energy", "Energy of a case", buckets=_ENERGY_BUCKETS, registry=self.registry)
        self.terms = Histogram(
            "gatling_term_energy", "Energy of a term", ["term"], buckets=_ENERGY_BUCKETS, registry=self.registry
        )
        self.stages = Histogram(
            "gatling_stage_seconds",
            "Time in a stage: read, parse, record (a trace), wait (for a worker), score (a batch), spool",
            ["stage"],
            buckets=_SECONDS_BUCKETS,
            registry=self.registry,
        )
        self.batch = Histogram("gatling_batch_cases", "Cases scored together", buckets=_BATCH_BUCKETS, registry=self.registry)
        self.failures = Counter("gatling_score_failures", "Cases without a score", ["problem"], registry=self.registry)
        self.unqueued = Counter("gatling_unqueued", "Cases for the queue that the spool did not take", registry=self.registry)
        self.reloads = Counter("gatling_model_reloads", "Models swapped in", registry=self.registry)
        self.reload_failures = Counter("gatling_model_reload_failures", "Packages refused", registry=self.registry)
        self.roll_backs = Counter(
            "gatling_model_roll_backs", "Models rolled back or taken off by an alarm", registry=self.registry
        )
        self.model = Gauge("gatling_model_info", "The model that serves", ["version", "digest"], registry=self.registry)
        self.beside = Gauge(
            "gatling_beside_info", "The models that stand beside it", ["place", "version"], registry=self.registry
        )
        self.shadow_decisions = Counter(
            "gatling_shadow_decisions",
            "Decisions, as answered and as the shadow would",
            ["answered", "shadow"],
            registry=self.registry,
        )
        self.shadow_difference = Histogram(
            "gatling_shadow_energy_difference",
            "|Energy of the shadow - energy answered|",
            buckets=_DIFFERENCE_BUCKETS,
            registry=self.registry,
        )
        self.shadow_skipped = Counter("gatling_shadow_skipped", "Cases that the shadow had no time for", registry=self.registry)
        self.shadow_failures = Counter("gatling_shadow_failures", "Cases that the shadow could not score", registry=self.registry)
        self.shadow_unnoted = Counter(
            "gatling_shadow_unnoted", "Queued cases whose score by the shadow Redis did not take", registry=self.registry
        )
        self.requests = Histogram(
            "gatling_request_seconds",
            "Time of a request, with reading its body",
            ["route"],
            buckets=_SECONDS_BUCKETS,
            registry=self.registry,
        )
        self.refused = Counter(
            "gatling_refused",
            "Requests that the gate sent away: no key, role or tenant, too many",
            ["problem"],
            registry=self.registry,
        )
        self.responses = Counter("gatling_http_responses", "Responses", ["method", "status"], registry=self.registry)
        self._terms = {term: self.terms.labels(term) for term in TERMS}

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        """Times the block, whether it fails or not; a span of the request."""
        start = perf_counter()
        try:
            with span(name):
                yield
        finally:
            self.stages.labels(name).observe(perf_counter() - start)

    def decided(self, answer: Answer, tenant: str) -> None:
        self.decisions.labels(answer.decision, tenant if self._is_known(tenant) else "other").inc()
        self.energy.observe(answer.energy)
        for reason in answer.reasons:
            self.doubted.labels(reason).inc()
        for term, histogram in self._terms.items():
            histogram.observe(getattr(answer.terms, term))

    def serving(self, model: ModelRef) -> None:
        self.model.clear()
        self.model.labels(model.version, model.digest).set(1)

    def standing(self, versions: Mapping[str, str]) -> None:
        """Which version stands at which place beside the one that serves."""
        self.beside.clear()
        for place, version in versions.items():
            self.beside.labels(place, version).set(1)

    def watch(self, read: Callable[[], Iterable[Reading]]) -> None:
        """Adds figures that are read only when asked for."""
        self.registry.register(_Watched(read))

    def text(self) -> bytes:
        """Prometheus exposition format."""
        return generate_latest(self.pool or self.registry)


class _Watched(Collector):
    def __init__(self, read: Callable[[], Iterable[Reading]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        for name, text, value in self._read():
            family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            yield family(name, text, value)

    def describe(self) -> Iterable[Metric]:
        return ()  # registering must not ask Redis
