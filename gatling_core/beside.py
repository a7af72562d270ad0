"""What stands beside the current version: a shadow, which is compared and never heard, and a canary, which answers for some tenants."""

from __future__ import annotations

import zlib
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from gatling_core.schemas import Contract

VERSION = r"^v[1-9][0-9]{0,8}$"

Version = Annotated[str, Field(pattern=VERSION)]
Place = Literal["shadow", "canary"]
PLACES: tuple[Place, ...] = ("shadow", "canary")


class Canary(Contract):
    """A version beside the current one, and the share of the tenants that it answers for; the same tenants everywhere and always."""

    model_config = ConfigDict(extra="forbid")

    version: Version
    share: float = Field(gt=0, le=1)

    def takes(self, tenant: str) -> bool:
        return zlib.crc32(tenant.encode()) < self.share * 2**32


class Beside(Contract):
    """Who stands at which place. None says that nobody does; of a place that is not given nothing is said."""

    model_config = ConfigDict(extra="forbid")

    shadow: Version | None = None
    canary: Canary | None = None

    def at(self, place: Place) -> str | None:
        """The version at a place."""
        return self.shadow if place == "shadow" else self.canary and self.canary.version

    def place_of(self, version: str) -> Place | None:
        """Where a version stands."""
        return next((place for place in PLACES if self.at(place) == version), None)

    def versions(self) -> list[str]:
        return [version for place in PLACES if (version := self.at(place))]

    def given(self) -> dict[Place, Any]:
        """The places of which something is said."""
        return {place: getattr(self, place) for place in PLACES if place in self.model_fields_set}

    def over(self, other: Beside) -> Beside:
        """This, and what `other` says of places of which this says nothing. A version stands at one place: at that of this."""
        return Beside(**{**other.without(*self.versions()).given(), **self.given()})

    def without(self, *versions: str) -> Beside:
        """Nobody where one of `versions` stood."""
        return self.model_copy(update={place: None for place in PLACES if self.at(place) in versions})
