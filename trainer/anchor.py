"""The anchor: the last model of a line that no retraining made, as the shipped one.

A gate that asks the parent alone lets small losses add up over many retrainings; the anchor stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from gatling_core.errors import PackageRejected
from gatling_core.features import FEATURE_VERSION
from gatling_core.lineage import anchor_in, line_of
from gatling_core.registry import Registry


@dataclass(frozen=True)
class Anchor:
    """Which version it is, and its package where there is something to compare: neither if it is the parent, nor if it is `missing`."""

    version: str | None = None
    package: Path | None = None
    missing: str = ""

    @classmethod
    def of(cls, parent: str, registry: Registry) -> Self:
        """The anchor of what is trained from a version; `missing` says why there is none.

        Raises:
            RegistryError: the storage of the registry does not answer.
        """
        line = line_of(parent, registry.versions())
        found = anchor_in(line)
        if found is None:
            oldest = line[0] if line else None
            gone = f"{oldest.parent}, which {oldest.version} came from," if oldest else parent
            return cls(missing=f"{gone} is not in the registry")
        if found.version == parent:
            return cls(parent)
        try:
            registry.verify(found.version, feature_version=FEATURE_VERSION)
        except PackageRejected as error:
            return cls(found.version, missing=str(error))
        return cls(found.version, registry.package(found.version))
