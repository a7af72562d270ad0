"""The regression suite: judged cases held back from training for good, so that every later model is asked about them.

registry/regression/<identity>.json   one case; who is held back is decided by the digest of the case alone
"""

from __future__ import annotations

from pathlib import Path

from gatling_core.kept import KeptCase, KeptCases

NAME = "regression"


class RegressionSuite(KeptCases):
    """The cases held back under one registry."""

    def __init__(self, registry: Path) -> None:
        super().__init__(registry / NAME)

    def takes(self, case: KeptCase, share: float) -> bool:
        """Whether this case is held back: it is already, or its digest falls into the share. The same in every run."""
        return case.identity in self or int(case.case_digest[:8], 16) < share * 2**32

    def latest(self, most: int) -> list[KeptCase]:
        """The `most` last judged cases, oldest first."""
        return sorted(self, key=lambda held: (str(held.verdict.time), held.case_digest))[-most:]
