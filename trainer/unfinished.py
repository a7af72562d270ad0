"""A training that was begun: of which cases, and how far it got. A worker that comes after a killed one goes on with it.

<root>/training.json             its key and the identities of its cases
<root>/<key>/state.safetensors   how far it got (trainer/state.py)

Named by the key, so that a worker that was away, and whose lease another one took over meanwhile, saves nothing into the other's training.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

from gatling_core.queue import QueuedCase
from gatling_core.registry import replace

NAME = "training.json"


class Unfinished:
    """The one training that a worker is at, in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def begin(self, key: str, cases: Collection[str]) -> Path:
        """The folder for a training; empty, unless the same training was begun before and not ended."""
        if self._read()[0] != key:
            self.end()
            (self.root / key).mkdir(parents=True)
            replace(self.root / NAME, json.dumps([key, sorted(cases)]))
        return self.root / key

    def cases_of(self, cases: Sequence[QueuedCase]) -> list[QueuedCase]:
        """Those of the training that was begun, if all of them are here; else all: newer verdicts must not undo what was done."""
        _, identities = self._read()
        found = [case for case in cases if case.entry.identity in identities]
        return found if found and len(found) == len(identities) else list(cases)

    def end(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def _read(self) -> tuple[str, set[str]]:
        try:
            key, identities = json.loads((self.root / NAME).read_bytes())
        except (OSError, ValueError):
            return "", set()
        return key, set(identities)
