"""Factor weights on the wire."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, RootModel

from libs.common.domain.enums import FactorKey
from services.api.wire import Answer, Whole

HIGHEST = 10

Weight = Annotated[Whole, Field(ge=0, le=HIGHEST)]


class WeightsChange(RootModel[Annotated[dict[FactorKey, Weight], Field(max_length=len(FactorKey))]]):
    """Any subset of the factors by key; others keep their weight."""

    @property
    def weights(self) -> Mapping[FactorKey, int]:
        """What to set."""
        return self.root


class FactorWeight(Answer):
    """A factor. `available`: what it needs is connected. `integrationError` is there while none of that works."""

    key: FactorKey
    name: str
    description: str
    weight: int
    default_weight: int
    integration_error: bool | None = None
    available: bool
