"""Health: is it alive, and which build is it."""

from fastapi import APIRouter

from services.api.build_stamp import read_build
from services.api.change import Parts
from services.api.errors import describe
from services.api.wire import Answer

router = APIRouter(tags=["Health"])
_BUILD = read_build()


class Health(Answer):
    """`eventsDropped` counts transient events of this process that never reached the event stream."""

    status: str = "ok"
    events_dropped: int


class Version(Answer):
    version: str
    commit: str
    build_date: str


@router.get("/health", responses=describe())
async def health(gateway: Parts) -> Health:
    """Check server health. Needs no credentials."""
    return Health(events_dropped=gateway.transient.dropped)


@router.get("/version", responses=describe())
async def version() -> Version:
    """Which build this is. Needs no credentials."""
    return Version(version=_BUILD.version, commit=_BUILD.commit, build_date=_BUILD.date)
