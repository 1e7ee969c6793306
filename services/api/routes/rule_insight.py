"""What there is to know about one rule: how many items it touches, and what it could say instead."""

import structlog
from fastapi import APIRouter

from libs.common.domain.rules import offered_fields
from libs.common.messaging import engine_questions as questions
from services.api.bus import ask_engine
from services.api.change import Parts
from services.api.errors import ApiError, describe
from services.api.gateway import Gateway
from services.api.rule_insight import queries
from services.api.rule_insight.wire import Impact, RuleContext
from services.api.rule_values.values import rule_values
from services.api.rule_values.wire import RuleValues
from services.api.rules.edit import missing
from services.api.rules.queries import enabled_types
from services.api.rules.wire import CustomRule, OfferedField
from services.api.wire import Id

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/custom-rules", tags=["Rules"])


@router.get("/{rule_id}/impact", responses=describe(400, 404, 503))
async def impact(rule_id: Id, gateway: Parts) -> Impact:
    """How many items of the preview the rule touches by itself. A rule that is switched off touches none."""
    async with gateway.db.connect() as conn:
        if await queries.rule_with_type(conn, rule_id) is None:
            raise missing(rule_id)
    found = await ask_engine(
        gateway.broker,
        questions.RULE_IMPACT,
        questions.AskRuleImpact(rule_id=rule_id),
        questions.RuleImpact,
        questions.IMPACT_TIMEOUT_S,
    )
    return Impact(rule_id=rule_id, affected_count=found.affected, total_items=found.total)


@router.get("/{rule_id}/context", responses=describe(400, 404), response_model_exclude_none=True)
async def context(rule_id: Id, gateway: Parts) -> RuleContext:
    """The rule, the fields of its kind of integration, and what its field can be compared with."""
    async with gateway.db.connect() as conn:
        row = await queries.rule_with_type(conn, rule_id)
        if row is None:
            raise missing(rule_id)
        enabled = await enabled_types(conn)
    return RuleContext(
        rule=CustomRule.model_validate(row, from_attributes=True),
        fields=[OfferedField.of(field) for field in offered_fields(enabled, row.service_type)],
        values=await _values(gateway, row.integration_id, row.field),
    )


async def _values(gateway: Gateway, integration_id: int, field: str) -> RuleValues | None:
    """None when they cannot be looked up now: the rest of the context is of use without them."""
    try:
        return await rule_values(gateway, integration_id, field)
    except ApiError as exc:
        log.info("rule values left out", integration_id=integration_id, field=field[:100], reason=exc.message)
        return None
