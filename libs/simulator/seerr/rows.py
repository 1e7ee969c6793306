"""Seerr's rows: accounts, media, requests."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from libs.common.domain.enums import IntegrationType
from libs.simulator.audience import Person, Request
from libs.simulator.seerr.server import Media, SeerrServer
from libs.simulator.world import PROFILES

PLEX_USER, LOCAL_USER, JELLYFIN_USER, EMBY_USER = 1, 2, 3, 4
_COMPLETED, _APPROVED = 5, 2
_UNKNOWN_MEDIA, _LAST_OLD_MEDIA_STATUS = 1, 5
_PROFILE = 4


def user_type(person: Person) -> int:
    """How somebody came to have an account. Everybody else is from Plex."""
    if person.number % 7 == 6:
        return LOCAL_USER
    if person.number % 5 == 4:
        return EMBY_USER
    return JELLYFIN_USER if person.number % 3 == 2 else PLEX_USER


def user_row(person: Person, request_count: int) -> dict[str, Any]:
    """An account, with the names it has where it came from."""
    kind = user_type(person)
    is_plex, is_media = kind == PLEX_USER, kind in {JELLYFIN_USER, EMBY_USER}
    return {
        "permissions": 2 if person.number == 0 else 32,
        "id": person.desk_id,
        "email": person.email,
        "plexUsername": person.name if is_plex else None,
        "jellyfinUsername": person.name if is_media else None,
        "username": person.display_name if kind == LOCAL_USER else "",
        "recoveryLinkExpirationDate": None,
        "userType": kind,
        "plexId": person.plex_id if is_plex else None,
        "jellyfinUserId": person.media_id if is_media else None,
        "avatar": "",
        "movieQuotaLimit": None,
        "movieQuotaDays": None,
        "tvQuotaLimit": None,
        "tvQuotaDays": None,
        "createdAt": "2023-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "requestCount": request_count,
        "displayName": person.display_name,
    }


def media_row(here: SeerrServer, media: Media) -> dict[str, Any]:
    """A title of the media table, in HD and in 4K."""
    kind, tmdb_id = media.key
    plain = next((each for each in media.requests if not each.is_4k), None)
    ultra = next((each for each in media.requests if each.is_4k), None)
    first = media.requests[0] if media.requests else None
    created = stamp(first.created_at if first else here.world.born)
    return {
        "downloadStatus": [],
        "downloadStatus4k": [],
        "id": media.id,
        "mediaType": kind.value,
        "tmdbId": tmdb_id,
        "tvdbId": (first.tvdb_id if first else 0) or None,
        "imdbId": None,
        "status": _media_status(here, plain),
        "status4k": _media_status(here, ultra),
        "createdAt": created,
        "updatedAt": created,
        "lastSeasonChange": created,
        "mediaAddedAt": created if plain and plain.arr else None,
        **_service(here, plain, ""),
        **_service(here, ultra, "4k"),
        **_media_servers(here, media),
    }


def request_row(here: SeerrServer, request: Request, media: Mapping[Any, Media], counts: Mapping[int, int]) -> Any:
    """A request. The media of a damaged one is null; the ancestor knows no completed ones."""
    status = _APPROVED if here.is_overseerr and request.status == _COMPLETED else request.status
    created, updated = stamp(request.created_at), stamp(updated_at(request))
    row = {
        "id": request.id,
        "status": status,
        "createdAt": created,
        "updatedAt": updated,
        "type": request.kind.value,
        "is4k": request.is_4k,
        "serverId": here.service_id(request.arr) if request.arr else None,
        "profileId": _PROFILE if request.arr else None,
        "rootFolder": here.world.instances[request.arr].roots[0].path if request.arr in here.world.instances else None,
        "languageProfileId": None,
        "tags": [],
        "isAutoRequest": False,
        "media": None if request.damaged else media_row(here, media[request.kind, request.tmdb_id]),
        "seasons": [_season_row(request, number, status, created, updated) for number in request.seasons],
        "modifiedBy": None,
        "requestedBy": user_row(here.world.people[request.person], counts.get(request.person, 0)),
        "seasonCount": len(request.seasons),
    }
    if not here.is_overseerr:
        row["canRemove"] = True
        if request.arr and request.arr not in here.desk.unreachable:
            row["profileName"] = PROFILES[_PROFILE]
    return row


def updated_at(request: Request) -> datetime:
    """A request changes for the last time when somebody decides about it."""
    return request.created_at + timedelta(minutes=5)


def stamp(moment: datetime) -> str:
    """Milliseconds and `Z`, as JavaScript prints times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def media_status(here: SeerrServer, request: Request) -> int:
    """The availability of what was asked for; the ancestor knows neither blocked nor deleted titles."""
    is_new = request.media_status > _LAST_OLD_MEDIA_STATUS
    return _UNKNOWN_MEDIA if here.is_overseerr and is_new else request.media_status


def _media_status(here: SeerrServer, request: Request | None) -> int:
    return _UNKNOWN_MEDIA if request is None else media_status(here, request)


def _service(here: SeerrServer, request: Request | None, suffix: str) -> dict[str, Any]:
    """Where the title lies in an *arr."""
    if request is None or not request.arr:
        return {f"serviceId{suffix}": None, f"externalServiceId{suffix}": None, f"externalServiceSlug{suffix}": None}
    return {
        f"serviceId{suffix}": here.service_id(request.arr),
        f"externalServiceId{suffix}": request.arr_id,
        f"externalServiceSlug{suffix}": str(request.tvdb_id or request.tmdb_id),
    }


def _media_servers(here: SeerrServer, media: Media) -> dict[str, str | None]:
    plex = here.native(IntegrationType.PLEX, media.key)
    jellyfin = here.native(IntegrationType.JELLYFIN, media.key)
    return {
        "ratingKey": None if plex is None else str(plex),
        "ratingKey4k": None,
        "jellyfinMediaId": None if jellyfin is None else f"{jellyfin:032x}",
        "jellyfinMediaId4k": None,
    }


def _season_row(request: Request, number: int, status: int, created: str, updated: str) -> dict[str, Any]:
    return {
        "id": request.id * 100 + number,
        "seasonNumber": number,
        "status": status,
        "createdAt": created,
        "updatedAt": updated,
    }
