"""Preferences: read, merge, and patch by group."""

from fastapi import APIRouter

from libs.common.observability import logs
from services.api.change import Changing, Noting, Parts
from services.api.errors import describe
from services.api.gateway import Gateway
from services.api.idempotency.route import ChangingRoute
from services.api.preferences.change import change_preferences
from services.api.preferences.queries import load_preferences
from services.api.preferences.wire import (
    AdvancedGroup,
    ContentGroup,
    EngineGroup,
    Preferences,
    PreferencesChange,
    SafetyGroup,
    SunsetGroup,
)
from services.api.rows import AnyRow

router = APIRouter(prefix="/preferences", tags=["Preferences"], route_class=ChangingRoute)


def _shown(gateway: Gateway, row: AnyRow) -> Preferences:
    return Preferences.of(row, pinned=gateway.settings.pinned_log_level is not None)


def _saved(gateway: Gateway, row: AnyRow) -> Preferences:
    """The level counts in this process at once; the others read it when they need it."""
    if gateway.settings.pinned_log_level is None:
        logs.set_level(row.log_level)
    return _shown(gateway, row)


@router.get("", responses=describe())
async def read(gateway: Parts, change: Noting) -> Preferences:
    """All preferences; the row is made with its defaults on the first read."""
    return _shown(gateway, await load_preferences(change.tx))


@router.put("", responses=describe(400))
async def merge(body: PreferencesChange, gateway: Parts, change: Changing) -> Preferences:
    """Change any subset. Absent members keep their value."""
    return _saved(gateway, await change_preferences(change, body))


@router.patch("/engine", responses=describe(400))
async def patch_engine(body: EngineGroup, gateway: Parts, change: Changing) -> Preferences:
    """Change only members of this group; others in the body are ignored."""
    return _saved(gateway, await change_preferences(change, body))


@router.patch("/sunset", responses=describe(400))
async def patch_sunset(body: SunsetGroup, gateway: Parts, change: Changing) -> Preferences:
    """Change only members of this group; others in the body are ignored."""
    return _saved(gateway, await change_preferences(change, body))


@router.patch("/content", responses=describe(400))
async def patch_content(body: ContentGroup, gateway: Parts, change: Changing) -> Preferences:
    """Change only members of this group; others in the body are ignored."""
    return _saved(gateway, await change_preferences(change, body))


@router.patch("/advanced", responses=describe(400))
async def patch_advanced(body: AdvancedGroup, gateway: Parts, change: Changing) -> Preferences:
    """Change only members of this group; others in the body are ignored."""
    return _saved(gateway, await change_preferences(change, body))


@router.patch("/safety", responses=describe(400))
async def patch_safety(body: SafetyGroup, gateway: Parts, change: Changing) -> Preferences:
    """Change only members of this group; others in the body are ignored."""
    return _saved(gateway, await change_preferences(change, body))
