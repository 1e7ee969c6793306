"""Items: why one of them stands where it stands."""

from typing import Annotated

from fastapi import APIRouter, Path

from services.api.change import Parts
from services.api.errors import describe
from services.api.items.explain import explain
from services.api.items.wire import Explanation
from services.api.wire import Id, Text

router = APIRouter(prefix="/items", tags=["Items"])

_MOST_CHARACTERS = 200

ExternalId = Annotated[Text, Path(max_length=_MOST_CHARACTERS)]
"""The item's id in its own system; a season's is its show's, `-s`, and its number: `42-s3`."""


@router.get(
    "/{integration_id}/{external_id}/explain", responses=describe(400, 404, 503), response_model_exclude_none=True
)
async def explanation(integration_id: Id, external_id: ExternalId, gateway: Parts) -> Explanation:
    """Facts with source and age, the score's arithmetic, rules, every gate, and what would change the outcome."""
    return await explain(gateway, integration_id, external_id)
