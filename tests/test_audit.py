"""`locks/audit`: an advisory fails, no advisories to be had is said and does not."""

from __future__ import annotations

import json
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

SOUND = {"name": "sound", "version": "1", "vulns": []}
BROKEN = {"name": "broken", "version": "2", "vulns": [{"id": "PYSEC-1"}]}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        ([SOUND], 0, "1 packages, 0 with advisories"),
        ([SOUND, BROKEN], 1, "broken 2: PYSEC-1"),
        ([SOUND, UNKNOWN], 0, "1 packages are not known"),
        ([UNKNOWN, UNKNOWN], 0, "SKIPPED, nothing was audited"),
        (None, 0, "SKIPPED, nothing was audited: the advisories cannot be read (no route to host)"),
    ],
)
def test_status_and_word(
    found: list[dict[str, Any]] | None,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loader = SourceFileLoader("audit_script", str(ROOT / "locks" / "audit"))
    spec = spec_from_loader(loader.name, loader)
    assert spec
    audit = module_from_spec(spec)
    loader.exec_module(audit)
    printed = "" if found is None else json.dumps({"dependencies": found, "fixes": []})
    result = subprocess.CompletedProcess[str]([], 1, printed, "ERROR\nno route to host\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: result)
    assert audit.main() == status
    assert said in capsys.readouterr().err
