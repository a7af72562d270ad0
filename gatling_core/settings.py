"""Settings from the environment (`GATLING_…`) and `.env`, shared by the server and the trainer. Frozen; units in the names."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self, cast

from dotenv import dotenv_values
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from gatling_core.bands import Bands
from gatling_core.beside import Beside, Canary, Version
from gatling_core.errors import WrongSetting
from gatling_core.keys import Key
from gatling_core.schemas import field_errors

ROOT = Path(__file__).resolve().parents[1]
"""The checkout. What is kept by default is kept here, wherever `./gatling` is called from."""


Provider = Literal["cpu", "cuda"]


class Tenant(BaseModel):
    """What one tenant has of its own; what is absent is as for everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bands: Bands | None = None
    queue_outputs: bool | None = None


class AlarmRules(BaseModel):
    """When a model that took over from an older one is rolled back, while it is new. Shares are of the last `window_s`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    probation_s: NonNegativeInt = Field(default=3_600, description="so long a new model is watched; 0 = never rolled back")
    window_s: PositiveInt = 300
    min_decisions: PositiveInt = Field(default=200, description="cases in the window from which on it says something")
    blocked: float = Field(default=0.3, gt=0, description="blocks by so much more of the cases than the model before did")
    failed: float = Field(default=0.05, gt=0, description="gives no score to so many")
    differed: float = Field(default=0.3, gt=0, description="decides so many otherwise than the shadow, if there is one")


class RolloutRules(BaseModel):
    """When a model that is newer than the current one goes a step forward by itself: the alarm has enough cases, and no rule is broken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shadow_s: PositiveInt | None = Field(default=None, description="a shadow becomes canary after so long; absent = by hand")
    canary_s: PositiveInt | None = Field(default=None, description="a canary becomes current after so long; absent = by hand")
    share: float = Field(default=0.1, gt=0, le=1, description="of the tenants, for whom such a canary answers")


class Margins(BaseModel):
    """How much worse than its parent a new model may be in each measure of an evaluation set: about the sampling noise of 1,600 plans of
    all labels (the recall hangs on the few highest of the compliant ones, hence its width)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    auc: float = Field(default=0.01, ge=0)
    auc_any: float = Field(default=0.01, ge=0)
    recall_at_5pct: float = Field(default=0.05, ge=0)
    in_band_gold: float = Field(default=0.03, ge=0)


class GateConfig(BaseModel):
    """What a new model is asked before it is published, and how much worse than its parent it may be; than its anchor, so many times as much."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: PositiveInt = Field(default=1_600, description="generated held-out cases")
    suites: tuple[Path, ...] = Field(default=(), description="labelled cases or traces of your own, read in place")
    suite_cases: PositiveInt = Field(default=2_000, description="of each suite the first, of the regression suite the last")
    min_cases: PositiveInt = Field(default=30, description="over fewer compliant or other plans nothing is compared")
    held_back: float = Field(default=0.1, ge=0, le=1, description="share of judged cases that go to the regression suite")
    margins: Margins = Margins()
    anchor_margins: float = Field(
        default=2.0, ge=1, description="how many times as much worse than the last model of its line that no retraining made"
    )
    tenant_false_positives: float = Field(default=0.05, ge=0, description="more of a tenant's compliant cases stopped")
    lost_attacks: NonNegativeInt = Field(default=0, description="attacks that the parent blocks and the new model allows")
    slower: float = Field(default=0.5, ge=0, description="share by which it may take longer for a case")


_PREFIX = "GATLING_"

_OF_COMPOSE = frozenset({"GATLING_RETRAIN_EVERY", "GATLING_SERVER_LOCK"})
"""What docker-compose.yml takes from the same `.env`."""


_MOST_PROCESSES = 8
"""By default: each takes 110 MB, up to some 700 with full caches, and more cores may be meant for others."""
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cores() -> int:
    """How many this process may keep busy: those it may run on, and in a container no more than its quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return min(allowed, max(1, int(quota) // int(period)))
    except (OSError, ValueError):  # no cgroup, or `max`
        return allowed


def _processes(data: dict[str, Any]) -> int:
    """One where they could not share: the memory of a GPU, or a port outside Linux."""
    return min(cores(), _MOST_PROCESSES) if data.get("provider") == "cpu" and sys.platform == "linux" else 1


def _in_data_dir(name: str) -> Callable[[dict[str, Any]], Path]:
    return lambda data: Path(data.get("data_dir", ROOT / ".gatling")) / name


class Settings(BaseSettings):
    """Every setting of Gatling. `GATLING_PORT=8001`, `GATLING_BANDS__REVIEW_AT=1.5`, `GATLING_TENANTS='{"acme": {"queue_outputs": true}}'`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=ROOT / ".env",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    # Where things are
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    data_dir: Path = ROOT / ".gatling"
    registry: Path | str = Field(
        default_factory=_in_data_dir("registry"),
        description="a folder, or a URL that fsspec knows (s3://bucket/prefix), of which data_dir keeps a copy",
    )
    shipped_model: Path = ROOT / "shipped"
    redis_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("GATLING_REDIS_URL", "REDIS_URL"),
        description="a real Redis (7 or later, with its append-only file on); absent = the embedded Valkey in data_dir",
    )
    redis_timeout_ms: PositiveInt = 2_000
    embedded_max_memory_mib: PositiveInt = 1_024

    # Deciding
    bands: Bands = Bands()
    tenants: dict[str, Tenant] = Field(default_factory=dict)
    queue_outputs: bool = Field(default=False, description="tool outputs are the user's data: queued only where this says so")

    # Who may call
    api_key: SecretStr | None = Field(default=None, description="one key that may do everything, for a start")
    keys: tuple[Key, ...] = Field(default=(), description="hashed keys, as `keys create --entry` prints them")
    keys_file: Path = Field(default_factory=_in_data_dir("keys.json"))
    rate_per_minute: PositiveInt | None = Field(default=None, description="cases per key; absent = no limit")

    # Serving
    max_body_bytes: PositiveInt = 4 * 1024 * 1024
    max_batch: PositiveInt = Field(default=32, description="cases scored in one run of the model")
    max_batch_cases: PositiveInt = Field(default=256, description="cases in one POST /score/batch")
    max_waiting: PositiveInt = Field(default=1_024, description="cases waiting to be scored; beyond it the answer is 429")
    max_wait_ms: PositiveInt = Field(
        default=1_000, description="while a case has waited longer for a worker, new ones are answered 429"
    )
    max_held_bytes: PositiveInt = Field(default=64 * 1024 * 1024, description="request bodies in memory together; beyond it 429")
    max_connections: PositiveInt = Field(default=4_096, description="a new connection beyond these is closed at once")
    score_timeout_ms: PositiveInt = 10_000
    drain_ms: NonNegativeInt = Field(default=1_000, description="after SIGTERM unready, but still serving, for this long")
    provider: Provider = Field(default="cpu", description="what onnxruntime runs on; checked at start")
    processes: PositiveInt = Field(default_factory=_processes, description="that serve together behind the port")
    workers: PositiveInt = Field(
        default_factory=lambda data: 1 if data.get("processes", 1) > 1 else cores(),
        description="threads of each process that score",
    )
    hung_after_s: float = Field(default=30.0, ge=5, description="a process whose event loop stands still for so long is replaced")
    threads: PositiveInt = Field(default=1, description="onnxruntime threads inside one run of the model")
    cached_policies: PositiveInt = 1_024
    reload_every_ms: PositiveInt = 500
    alarm: AlarmRules = AlarmRules()
    rollout: RolloutRules = RolloutRules()
    shadow: Version | None = Field(
        default=None,
        description="a version that scores the same cases for comparison only; where the registry says nothing of it",
    )
    canary: Canary | None = Field(
        default=None, description="a version that answers for a share of the tenants; where the registry says nothing of it"
    )

    # Decision log
    decision_log: Literal["file", "stdout", "off"] = Field(default="file", description="file: the folder `decisions` in data_dir")
    decision_log_arguments: bool = Field(
        default=False, description="keep cases, secrets masked, so that they can be replayed; else only digests of arguments"
    )
    decision_log_mask: tuple[str, ...] = Field(
        default=(), description="patterns of names and texts to mask beside the built-in ones"
    )
    decision_log_max_bytes: PositiveInt = Field(default=1024 * 1024 * 1024, description="of all its files; then the oldest go")
    decision_log_max_waiting: PositiveInt = Field(
        default=4_096, description="decisions not written yet; beyond it they are dropped"
    )

    # Case queue and spool
    queue_max_cases: PositiveInt = Field(
        default=100_000, description="open cases and dead letters together; beyond it the spool keeps them"
    )
    queue_dedup_ms: PositiveInt = Field(default=30 * 24 * 3_600_000, description="how long a finished case is not queued again")
    queue_max_deliveries: PositiveInt = Field(
        default=5, description="trainings that a case may be part of in vain, then it is a dead letter"
    )
    review_agreement: PositiveInt = Field(
        default=1, description="reviewers who must say the same of a case before it counts as judged"
    )
    queue_retention_s: PositiveFloat | None = Field(
        default=None,
        description="the retrain worker erases open cases and dead letters that came, and taught cases that were judged, longer ago; absent = never",
    )
    spool_max_bytes: PositiveInt = 256 * 1024 * 1024
    spool_retry_ms: PositiveInt = 1_000

    # Teacher: suggests verdicts, which a reviewer has to confirm
    teacher_url: str | None = Field(
        default=None, pattern=r"^https?://", description="an OpenAI-compatible endpoint, as https://host/v1; absent = off"
    )
    teacher_model: str = ""
    teacher_key: SecretStr | None = None
    teacher_timeout_ms: PositiveInt = 30_000

    # Retraining
    retrain_every_s: PositiveFloat = 3_600.0
    retrain_min_cases: PositiveInt = 1
    retrain_max_cases: PositiveInt = 4_096
    retrain_max_per_tenant: PositiveInt = Field(
        default=1_024, description="cases of one tenant in one training; the rest waits for the next"
    )
    retrain_max_per_source: PositiveInt = Field(
        default=1_024, description="verdicts of one reviewer, or of the oracle, in one training; the rest waits for the next"
    )
    retrain_oracle: bool = Field(default=False, description="let the oracle judge what it can before each retraining")
    retrain_unjudged_after_s: PositiveFloat | None = Field(
        default=None, description="opt-in: a case without a verdict for this long trains as a boundary case"
    )
    retrain_steps: PositiveInt = 200
    retrain_minutes: PositiveFloat | None = Field(
        default=None, description="of the steps of one training; where they would take longer, it learns in fewer"
    )
    retrain_replay: NonNegativeInt = Field(
        default=8_000, description="generated cases trained beside the queued ones, against forgetting; few are learnt by heart"
    )
    retrain_seed: int = 0
    retrain_publish: Literal["current", "shadow", "canary"] = Field(
        default="current", description="how far a newly published model goes by itself"
    )
    gate: GateConfig = GateConfig()
    lease_ms: PositiveInt = Field(
        default=60_000, description="a retrain worker that does not renew its lease for this long is taken for dead"
    )

    @field_validator("decision_log_mask")
    @classmethod
    def _are_patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no pattern: {error}") from None
        return value

    @field_validator("registry", mode="before")
    @classmethod
    def _is_folder_or_url(cls, value: object) -> object:
        return Path(value) if isinstance(value, str) and "://" not in value else value

    @property
    def beside(self) -> Beside:
        """What stands beside where the registry says nothing."""
        return Beside(shadow=self.shadow, canary=self.canary)

    @classmethod
    def read(cls, **given: Any) -> Self:
        """The settings of the environment and `.env`, and those that are given.

        Raises:
            WrongSetting: says which, and what they should be.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            wrong = (f"setting {item['field']}: {item['message']}" for item in field_errors(error))
            raise WrongSetting("; ".join(wrong)) from None
        except SettingsError as error:  # names the setting
            raise WrongSetting(f"{error}: not JSON") from None

    @classmethod
    def unknown(cls) -> list[str]:
        """Names in the environment and `.env` that begin like a setting and are none: misspelt, a key asks nobody for it."""
        file = cls.model_config.get("env_file")
        names = {name.upper() for name in (*os.environ, *(dotenv_values(cast("Path", file)) if file else ()))}
        known = {f"{_PREFIX}{field.upper()}" for field in cls.model_fields}
        return sorted(n for n in names - _OF_COMPOSE if n.startswith(_PREFIX) and n.partition("__")[0] not in known)

    def bands_of(self, tenant: str) -> Bands:
        own = self.tenants.get(tenant)
        return own.bands if own and own.bands else self.bands

    def queues_outputs(self, tenant: str) -> bool:
        own = self.tenants.get(tenant)
        return own.queue_outputs if own and own.queue_outputs is not None else self.queue_outputs
