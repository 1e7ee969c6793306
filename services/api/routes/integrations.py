"""Integrations: the upstream systems, their keys, their connection and health."""

from fastapi import APIRouter, Request

from libs.common.messaging import questions
from services.api.bus import ask_sync
from services.api.change import Changing, Parts, Reading
from services.api.errors import describe
from services.api.idempotency.route import ChangingRoute
from services.api.integrations import edit, queries
from services.api.integrations.connection_test import try_connection
from services.api.integrations.wire import (
    ConnectionTest,
    Deleted,
    Health,
    Integration,
    IntegrationChange,
    SyncResult,
    SyncResults,
    TestResult,
)
from services.api.preflight import look
from services.api.preflight.wire import Preflight
from services.api.webhooks.address import address_of
from services.api.webhooks.wire import WebhookAddress
from services.api.wire import Id

router = APIRouter(prefix="/integrations", tags=["Integrations"], route_class=ChangingRoute)


@router.get("", responses=describe(), response_model_exclude_none=True)
async def list_integrations(gateway: Parts, conn: Reading) -> list[Integration]:
    """All integrations, oldest first, keys masked."""
    return [edit.shown(row, gateway.box) for row in await queries.all_integrations(conn)]


@router.post("", status_code=201, responses=describe(400), response_model_exclude_none=True)
async def create(body: IntegrationChange, gateway: Parts, change: Changing) -> Integration:
    """Add an integration."""
    new_id = await edit.add(change, gateway.box, body)
    return await _shown(gateway, change, new_id)


@router.post("/test", responses=describe(400, 429, 503), response_model_exclude_none=True)
async def test_connection(body: ConnectionTest, gateway: Parts) -> TestResult:
    """Try a connection without saving anything."""
    return await try_connection(gateway, body)


@router.post("/sync", responses=describe(503), response_model_exclude_none=True)
async def sync(gateway: Parts) -> SyncResults:
    """Test and read every enabled integration now, and answer when that is done."""
    answer = await ask_sync(
        gateway.broker, questions.SYNC_ALL, questions.SyncAll(), questions.SyncedAll, questions.SYNC_TIMEOUT_S
    )
    return SyncResults(results=[SyncResult.model_validate(result.model_dump()) for result in answer.results])


@router.get("/health", responses=describe())
async def health(gateway: Parts, conn: Reading) -> list[Health]:
    """The health of every enabled integration."""
    rows = await queries.health(conn, gateway.clock.now())
    return [Health.model_validate(row, from_attributes=True) for row in rows]


@router.get("/{integration_id}", responses=describe(400, 404), response_model_exclude_none=True)
async def read(integration_id: Id, gateway: Parts, conn: Reading) -> Integration:
    """One integration, its key masked."""
    row = await queries.integration(conn, integration_id)
    if row is None:
        raise edit.missing(integration_id)
    return edit.shown(row, gateway.box)


@router.get("/{integration_id}/webhook", responses=describe(400, 404), response_model_exclude_none=True)
async def webhook(integration_id: Id, request: Request, gateway: Parts, conn: Reading) -> WebhookAddress:
    """The address to paste into the upstream, so that it says at once what changed."""
    row = await queries.integration(conn, integration_id)
    if row is None:
        raise edit.missing(integration_id)
    return address_of(gateway, request, row)


@router.get(
    "/{integration_id}/preflight", responses=describe(400, 404, 409, 502, 503), response_model_exclude_none=True
)
async def preflight(integration_id: Id, gateway: Parts) -> Preflight:
    """What a deletion would meet: recycle bin, root folders, health and unmonitoring, asked of the upstream now."""
    return await look.preflight(gateway, integration_id)


@router.put("/{integration_id}", responses=describe(400, 404), response_model_exclude_none=True)
async def update(integration_id: Id, body: IntegrationChange, gateway: Parts, change: Changing) -> Integration:
    """Change any subset; a blank or masked key keeps the stored one, the type never changes."""
    await edit.edit(change, gateway.box, integration_id, body)
    return await _shown(gateway, change, integration_id)


@router.delete("/{integration_id}", responses=describe(400, 404))
async def delete(integration_id: Id, change: Changing) -> Deleted:
    """Remove an integration with its rules and queue rows. Its audit entries stay."""
    await edit.remove(change, integration_id)
    return Deleted()


async def _shown(gateway: Parts, change: Changing, integration_id: int) -> Integration:
    row = await queries.integration(change.tx, integration_id)
    if row is None:
        raise edit.missing(integration_id)
    return edit.shown(row, gateway.box)
