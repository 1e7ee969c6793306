"""Rule values: what a rule about a field can compare with."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.api.change import Parts
from services.api.errors import describe
from services.api.rule_values.values import rule_values
from services.api.rule_values.wire import RuleValues
from services.api.wire import Id, Text

router = APIRouter(tags=["Rules"])


@router.get("/rule-values", responses=describe(400, 404, 503))
async def list_values(
    gateway: Parts,
    integration_id: Annotated[Id, Query(description="the integration the rule is for")],
    action: Annotated[Text, Query(description="the field, in any case")],
) -> RuleValues:
    """Options, suggestions, or what may be typed. What a source has to be asked for is kept for five minutes."""
    return await rule_values(gateway, integration_id, action)
