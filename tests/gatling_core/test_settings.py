from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from gatling_core import settings
from gatling_core.bands import Bands
from gatling_core.errors import WrongSetting
from gatling_core.settings import ROOT, Settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("GATLING_") or name == "REDIS_URL":
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")


def test_defaults() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.redis_url) == ("127.0.0.1", 8000, None)
    assert settings.registry == ROOT / ".gatling" / "registry"
    assert settings.bands == Bands()


@pytest.mark.parametrize(("quota", "expected"), [("max 100000", 12), ("250000 100000", 2), ("50000 100000", 1), (None, 12)])
def test_one_process_a_core_that_it_may_use(
    quota: str | None, expected: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings.sys, "platform", "linux")
    monkeypatch.setattr(settings.os, "sched_getaffinity", lambda _: range(12), raising=False)
    monkeypatch.setattr(settings, "_QUOTA", tmp_path / "cpu.max")
    if quota:
        (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert settings.cores() == expected
    found = Settings()
    assert (found.processes, found.workers) == ((min(expected, 8), 1) if expected > 1 else (1, 1))
    assert (Settings(provider="cuda").processes, Settings(processes=1).workers) == (1, expected)


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATLING_PORT", "8001")
    monkeypatch.setenv("GATLING_DATA_DIR", "elsewhere")
    monkeypatch.setenv("GATLING_BANDS__REVIEW_AT", "1.5")
    monkeypatch.setenv("GATLING_TENANTS", '{"acme": {"queue_outputs": true, "bands": {"block_at": 5}}}')
    monkeypatch.setenv("GATLING_API_KEY", "")  # as compose passes what is not set
    settings = Settings()
    assert settings.port == 8001
    assert settings.registry == Path("elsewhere/registry")
    assert settings.api_key is None
    assert settings.bands_of("other").review_at == 1.5
    assert settings.bands_of("acme").block_at == 5
    assert settings.queues_outputs("acme")
    assert not settings.queues_outputs("other")


@pytest.mark.parametrize("name", ["REDIS_URL", "GATLING_REDIS_URL"])
def test_redis_url_has_two_names_and_is_a_secret(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "redis://:hunter2@queue:6379/0")
    settings = Settings()
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == "redis://:hunter2@queue:6379/0"
    assert "hunter2" not in repr(settings)


def test_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GATLING_PORT=9000\nSOMEBODY_ELSES=1\n")
    assert Settings().port == 9000


def test_a_name_that_only_begins_like_a_setting_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GATLING_API_KYE=secret\nGATLING_RETRAIN_EVERY=1h\nGATLING_PORT=1\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("GATLING_BANDS__REVIEW_AT", "1.5")
    monkeypatch.setenv("GATLING_BAND__REVIEW_AT", "1.5")
    monkeypatch.setenv("gatling_redis_url", "")
    assert Settings.unknown() == ["GATLING_API_KYE", "GATLING_BAND__REVIEW_AT"]


def test_a_wrong_setting_is_named_once_and_its_value_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATLING_PORT", "hunter2")
    with pytest.raises(WrongSetting) as caught:
        Settings.read()
    assert str(caught.value).startswith("setting port: Input should be a valid integer")
    assert ";" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_setting_that_is_no_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATLING_TENANTS", "{hunter2")
    with pytest.raises(WrongSetting, match=r'"tenants".*: not JSON') as caught:
        Settings.read()
    assert "hunter2" not in str(caught.value)


def test_explicit_values_win_and_nothing_changes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://queue")
    settings = Settings(redis_url=None, registry=Path("models"))
    assert (settings.redis_url, settings.registry) == (None, Path("models"))
    with pytest.raises(ValidationError):
        settings.port = 1


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "70000"), ("MAX_BATCH", "0"), ("BANDS", '{"review_at": 7}'), ("LEASE_MS", "soon")]
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"GATLING_{name}", value)
    with pytest.raises(ValidationError):
        Settings()
