"""Rules: what they may speak of, and the owner's own, which protect or expose items."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from libs.common.domain.rules import OwnersRule, find_conflicts, offered_fields
from services.api.change import Changing, Parts, Reading
from services.api.errors import BadInputError, describe
from services.api.idempotency.route import ChangingRoute
from services.api.rows import AnyRow
from services.api.rules import edit, queries
from services.api.rules.draft import Draft, draft_of
from services.api.rules.wire import (
    Conflict,
    CustomRule,
    ListedRule,
    OfferedField,
    Reordered,
    RuleChange,
    RuleOrder,
)
from services.api.wire import Id

router = APIRouter(tags=["Rules"], route_class=ChangingRoute)


async def _draft(body: RuleChange, gateway: Parts) -> Draft:
    return await draft_of(body, gateway.broker)


Drafted = Annotated[Draft, Depends(_draft)]
"""Stands before `Changing` in a route: no transaction is open while the engine is asked."""


@router.get("/rule-fields", responses=describe())
async def rule_fields(
    conn: Reading,
    service_type: Annotated[str, Query(description="sonarr, radarr, lidarr or readarr: for a rule of such a one")] = "",
) -> list[OfferedField]:
    """The fields that can have values with what is connected."""
    enabled = await queries.enabled_types(conn)
    return [OfferedField.of(field) for field in offered_fields(enabled, service_type)]


@router.get("/custom-rules", responses=describe())
async def list_rules(conn: Reading) -> list[ListedRule]:
    """All rules in their order, with the rules each one pulls against."""
    rows = await queries.all_rules(conn)
    active = [OwnersRule(r.id, r.integration_id, r.field, r.operator, r.value, r.effect) for r in rows if r.enabled]
    conflicts = await asyncio.to_thread(find_conflicts, active)
    return [
        ListedRule(
            **_shown(row).model_dump(),
            conflicts=[Conflict(rule_id=found.rule_id, message=found.message) for found in conflicts.get(row.id, [])],
        )
        for row in rows
    ]


@router.post("/custom-rules", status_code=201, responses=describe(400, 409, 503))
async def create(draft: Drafted, change: Changing) -> CustomRule:
    """Add a rule. It must make sense: field, operator, value and effect are checked, a pattern by the engine itself."""
    return _shown(await edit.add(change, draft))


@router.put("/custom-rules/reorder", responses=describe(400))
async def reorder(body: RuleOrder, change: Changing) -> Reordered:
    """Order the rules. Unknown ids are passed over, unlisted rules keep their place."""
    ids = body.ids if body.ids is not None else body.order
    if not ids:
        raise BadInputError("ids: must hold at least one rule id")
    if len(set(ids)) < len(ids):
        raise BadInputError("ids: must hold no rule id twice")
    await edit.reorder(change, ids)
    return Reordered()


@router.put("/custom-rules/{rule_id}", responses=describe(400, 404, 503))
async def update(rule_id: Id, draft: Drafted, change: Changing) -> CustomRule:
    """Replace a rule. Absent `enabled` and `sortOrder` keep."""
    return _shown(await edit.edit(change, rule_id, draft))


@router.delete("/custom-rules/{rule_id}", status_code=204, response_class=Response, responses=describe(400, 404))
async def delete(rule_id: Id, change: Changing) -> None:
    """Remove a rule."""
    await edit.remove(change, rule_id)


def _shown(row: AnyRow) -> CustomRule:
    return CustomRule.model_validate(row, from_attributes=True)
