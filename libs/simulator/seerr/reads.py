"""The lists of Seerr: requests, accounts, the media table, watchlists; and who the key belongs to."""

from collections import Counter
from typing import Any

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import Person, Request
from libs.simulator.calls import Answer, Call, Refusal, as_json
from libs.simulator.pages import page_of
from libs.simulator.seerr.queries import choice, listed, number, require_known
from libs.simulator.seerr.rows import media_row, media_status, request_row, updated_at, user_row
from libs.simulator.seerr.server import NO_PERMISSION, Media, SeerrServer

_OWNER = 1
_REQUESTS_TAKEN, _USERS_TAKEN, _MEDIA_TAKEN, _WATCHLIST_PAGE = 10, 10, 20, 20
_REQUEST_FILTERS = ("all", "approved", "available", "pending", "processing", "unavailable", "failed")
_NEW_REQUEST_FILTERS = (*_REQUEST_FILTERS, "deleted", "completed")
_STATUSES: dict[str, frozenset[int]] = {
    "approved": frozenset({2}),
    "processing": frozenset({2}),
    "pending": frozenset({1}),
    "unavailable": frozenset({1, 2}),
    "failed": frozenset({4}),
    "completed": frozenset({5}),
    "available": frozenset({2, 5}),
    "deleted": frozenset({5}),
}
_MEDIA_OF_REQUESTS: dict[str, frozenset[int]] = {
    "available": frozenset({5}),
    "processing": frozenset({1, 2, 3, 4}),
    "unavailable": frozenset({1, 2, 3, 4}),
    "deleted": frozenset({7}),
}
_MEDIA_FILTERS: dict[str, frozenset[int]] = {
    "all": frozenset(range(1, 8)),
    "available": frozenset({5}),
    "partial": frozenset({4}),
    "allavailable": frozenset({4, 5}),
    "processing": frozenset({3}),
    "pending": frozenset({2}),
    "deleted": frozenset({7}),
}


def me(here: SeerrServer, call: Call) -> Answer:
    """`GET /auth/me`: whom the key acts as."""
    return as_json(user_row(_caller(here, call), _request_counts(here)[0]))


def list_requests(here: SeerrServer, call: Call) -> Answer:
    """`GET /request`, newest first; tells too which *arr it could not ask for the names of profiles."""
    new = () if here.is_overseerr else ("sortDirection", "mediaType")
    require_known(call, ("take", "skip", "filter", "sort", "requestedBy", *new))
    wanted = _wanted_requests(here, call)
    page, info = listed(here, call, wanted, take=_REQUESTS_TAKEN)
    media, counts = here.media(), _request_counts(here)
    payload = {"pageInfo": info, "results": [request_row(here, each, media, counts) for each in page]}
    if not here.is_overseerr:
        payload["serviceErrors"] = {
            "radarr": _unreachable(here, IntegrationType.RADARR),
            "sonarr": _unreachable(here, IntegrationType.SONARR),
        }
    return as_json(payload)


def one_request(here: SeerrServer, call: Call) -> Answer:
    """`GET /request/{id}`."""
    return as_json(request_row(here, find_request(here, call), here.media(), _request_counts(here)))


def list_users(here: SeerrServer, call: Call) -> Answer:
    """`GET /user`."""
    new = () if here.is_overseerr else ("q", "includeIds")
    require_known(call, ("take", "skip", "sort", *new))
    choice(call, "sort", ("created", "updated", "requests", "displayname"))
    page, info = listed(here, call, here.people(), take=_USERS_TAKEN)
    counts = _request_counts(here)
    return as_json({"pageInfo": info, "results": [user_row(each, counts[each.number]) for each in page]})


def list_media(here: SeerrServer, call: Call) -> Answer:
    """`GET /media`, newest first."""
    require_known(call, ("take", "skip", "filter", "sort"))
    choice(call, "sort", ("added", "modified", "mediaAdded"))
    statuses = _MEDIA_FILTERS[choice(call, "filter", tuple(_MEDIA_FILTERS))]
    rows = [media for media in reversed(here.media().values()) if _status(here, media) in statuses]
    page, info = listed(here, call, rows, take=_MEDIA_TAKEN)
    return as_json({"pageInfo": info, "results": [media_row(here, each) for each in page]})


def watchlist(here: SeerrServer, call: Call) -> Answer:
    """`GET /user/{id}/watchlist`, 20 titles a page. Without a page the offset is no number, and the call fails."""
    require_known(call, ("page",))
    person = here.person(call.params["id"])
    caller = _caller(here, call)
    if person is None:
        raise Refusal(404, {"message": "User not found."})
    if caller.desk_id not in {_OWNER, person.desk_id}:
        raise Refusal(403, NO_PERMISSION)
    if call.text("page") is None:
        raise Refusal(500, {"message": 'Provided "skip" value is not a number. Please provide a numeric value.'})
    wished = _wished(here, person)
    page_number = number(call, "page", 1)
    page, total = page_of(wished, call, start=(page_number - 1) * _WATCHLIST_PAGE, size=_WATCHLIST_PAGE)
    return as_json(
        {"page": page_number, "totalPages": -(-total // _WATCHLIST_PAGE), "totalResults": total, "results": page}
    )


def find_request(here: SeerrServer, call: Call) -> Request:
    """The request a path names; refuses with 404."""
    found = next((each for each in here.desk.requests if each.id == call.params["id"]), None)
    if found is None:
        raise Refusal(404, {"message": "Request not found."})
    return found


def unknown(_here: SeerrServer, call: Call) -> Answer:
    """A path of the API that does not exist."""
    return as_json({"message": "not found", "errors": [{"path": call.path, "message": "not found"}]}, 404)


def _caller(here: SeerrServer, call: Call) -> Person:
    """Whom the key acts as: the owner, or the account that a header names."""
    named = call.headers.get("x-api-user", str(_OWNER))
    person = here.person(int(named)) if named.isdigit() else None
    if person is None:
        raise Refusal(403, NO_PERMISSION)
    return person


def _wanted_requests(here: SeerrServer, call: Call) -> list[Request]:
    filters = _REQUEST_FILTERS if here.is_overseerr else _NEW_REQUEST_FILTERS
    wanted, kind = choice(call, "filter", filters), choice(call, "mediaType", ("all", "movie", "tv"))
    is_by_time = choice(call, "sort", ("added", "modified")) == "modified"
    is_rising = choice(call, "sortDirection", ("desc", "asc")) == "asc"
    statuses, media_statuses = _STATUSES.get(wanted), _MEDIA_OF_REQUESTS.get(wanted)
    by = number(call, "requestedBy", 0)
    found = [
        each
        for each in here.desk.requests
        if (statuses is None or each.status in statuses)
        and (media_statuses is None or media_status(here, each) in media_statuses)
        and kind in {"all", each.kind.value}
        and by in {0, each.person + 1}
    ]
    order = (lambda each: (updated_at(each), each.id)) if is_by_time else (lambda each: each.id)
    return sorted(found, key=order, reverse=not is_rising)


def _request_counts(here: SeerrServer) -> Counter[int]:
    return Counter(each.person for each in here.desk.requests)


def _status(here: SeerrServer, media: Media) -> int:
    plain = next((each for each in media.requests if not each.is_4k), None)
    return 1 if plain is None else media_status(here, plain)


def _unreachable(here: SeerrServer, kind: IntegrationType) -> list[dict[str, Any]]:
    services = enumerate(here.services(kind))
    return [{"id": at, "name": each.name} for at, each in services if each.key in here.desk.unreachable]


def _wished(here: SeerrServer, person: Person) -> list[dict[str, Any]]:
    """Whole titles that somebody marked on a media server; each once."""
    found: dict[tuple[TitleKind, int], dict[str, Any]] = {}
    for server in here.world.media_servers.values():
        for mark in server.favourites:
            title = server.titles.get(mark.title)
            if title is None or mark.person != person.number or mark.season or not title.tmdb_id:
                continue
            key = (title.kind, title.tmdb_id)
            found[key] = {
                "ratingKey": f"{title.tmdb_id:024x}",
                "title": title.title,
                "mediaType": title.kind.value,
                "tmdbId": title.tmdb_id,
            }
    return [*found.values()]
