"""A virtual environment for each peer: what they ask for excludes each other, and nothing of it belongs into Gatling's own."""

from __future__ import annotations

import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from benchmarks.peers.peer import Peer, Unavailable
from benchmarks.peers.scoring import ROOT

CACHE = ROOT / ".cache" / "peers"
_CORE = ("msgspec", "numpy", "onnxruntime", "pydantic", "pydantic-core", "pydantic-settings", "pyyaml", "safetensors")
"""What the runtime imports; in the versions that Gatling serves with."""
_INSTALL_S = 600


def python_of(peer: Peer) -> Path:
    """The Python of this peer's environment, made on first use and again when a version has changed.

    Raises:
        Unavailable: it cannot be installed.
    """
    requirements = [peer.requirement, *_locked()]
    folder = CACHE / peer.name
    stamp = folder / f"installed-{sha256(repr(requirements).encode()).hexdigest()[:16]}"
    python = folder / "bin" / "python"
    if not stamp.exists():
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", *requirements)
        stamp.touch()
    return python


def _locked() -> list[str]:
    """The lines `name==version` of the lock, markers included, without their hashes."""
    lock = (ROOT / "locks" / "serve.txt").read_text(encoding="utf-8")
    pinned = re.findall(r"^(\S+?)==([^\\\n]+)", lock, re.MULTILINE)
    return [f"{name}=={rest.strip()}" for name, rest in pinned if name in _CORE]


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Unavailable(f"not installed after {_INSTALL_S} s") from None
    if done.returncode:
        raise Unavailable(last_line(done.stderr))


def last_line(said: str) -> str:
    """What a process said last."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
