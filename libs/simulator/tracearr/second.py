"""The second API: servers, libraries, people, tallies, plays, and what is running."""

from bisect import bisect_right
from typing import Any

from libs.simulator.calls import Answer, Call, as_json
from libs.simulator.tracearr import queries
from libs.simulator.tracearr.rows import episodes_of, person_row, session_row, tally_row
from libs.simulator.tracearr.server import Entry, TracearrServer, no_route
from libs.simulator.tracearr.tally import is_watched

_KINDS = ("movie", "show", "episode")
_TALLY_CAP, _CAP = 1000, 100


def servers(here: TracearrServer, call: Call) -> Answer:
    """`GET /servers`; the first releases do not have it."""
    here.require_v2(call)
    if not here.has_server_list:
        raise no_route(call)
    rows = [
        {
            "server_id": identifier,
            "server_name": server.name,
            "status": "up",
            "reason": None,
            "server_type": server.kind.value,
            "historical": False,
            "active_streams": len(server.playing),
            "version": server.settings.version or "1.41.3",
        }
        for identifier, server in here.servers.items()
    ]
    return as_json({"data": rows, "tracearr_version": here.version})


def libraries(here: TracearrServer, call: Call) -> Answer:
    """`GET /libraries`."""
    here.require_v2(call)
    rows: list[dict[str, Any]] = []
    for identifier, server in here.servers.items():
        for section in server.sections.values():
            titles = [title for title in server.titles.values() if title.section == section.number]
            rows.append(
                {
                    "server_id": identifier,
                    "server_name": server.name,
                    "library_id": str(section.number),
                    "library_name": section.name,
                    "item_count": len(titles),
                    "size_bytes": sum(title.size_bytes for title in titles),
                }
            )
    return as_json({"data": rows, "meta": {"nextCursor": None, "pageSize": len(rows)}})


def users(here: TracearrServer, call: Call) -> Answer:
    """`GET /users`."""
    here.require_v2(call)
    page, meta = queries.by_cursor(here.people(), call, queries.page_size(call, default=_CAP, cap=_CAP))
    return as_json({"data": [person_row(here, each) for each in page], "meta": meta})


def watched_media(here: TracearrServer, call: Call) -> Answer:
    """`GET /watched-media`: what was watched, or, when asked for, begun. Shows without a known episode are left out."""
    here.require_v2(call)
    media_type = queries.choice(call, "media_type", _KINDS, None)
    state = queries.choice(call, "min_state", ("watched", "partial"), "watched")
    size = queries.page_size(call, default=100, cap=_TALLY_CAP)
    key = queries.server_key(here, call, "server_id")
    tallies = here.tallies.of(media_type, key, queries.person(here, call))
    if state == "watched":
        tallies = [tally for tally in tallies if tally.is_watched]
    page, meta = queries.by_cursor(tallies, call, size)
    shown = [tally for tally in page if media_type != "show" or episodes_of(tally.title)]
    return as_json({"data": [tally_row(tally, media_type) for tally in shown], "meta": meta})


def history(here: TracearrServer, call: Call) -> Answer:
    """`GET /history`: one row per play, newest first."""
    here.require_v2(call)
    size = queries.page_size(call, default=_CAP, cap=_CAP)
    rows = _wanted(here, call)
    page, meta = queries.by_cursor(rows, call, size)
    return as_json({"data": [session_row(here, here.session(*entry)) for entry in page], "meta": meta})


def streams(here: TracearrServer, call: Call) -> Answer:
    """`GET /streams`: what is running now."""
    here.require_v2(call)
    key = queries.server_key(here, call, "server_id")
    running = [(each, view) for each in here.recordings for view in here.recordings[each].server.playing]
    shown = [here.session(*entry) for entry in running if key in {None, entry[0]}]
    rows = [] if call.text("summary") == "true" else [session_row(here, each, is_running=True) for each in shown]
    return as_json({"data": rows, "summary": {"total": len(shown)}})


def _wanted(here: TracearrServer, call: Call) -> list[Entry]:
    kind = queries.choice(call, "media_type", ("all", "movie", "episode"), "all")
    found = _between(here.entries(kind, only_plays=True), queries.moment(call, "since"), queries.moment(call, "until"))
    key = queries.server_key(here, call, "server_id")
    person = queries.person(here, call)
    watched = call.text("watched")
    if key is None and person is None and watched is None:
        return found
    return [
        entry
        for entry in found
        if key in {None, entry[0]}
        and person in {None, entry[1].person}
        and (watched is None or (watched == "true") == is_watched(entry[1], here.session(*entry).title))
    ]


def _between(entries: list[Entry], since: int | None, until: int | None) -> list[Entry]:
    first = 0 if until is None else bisect_right(entries, -until - 1, key=_age)
    last = len(entries) if since is None else bisect_right(entries, -since, key=_age)
    return entries if (first, last) == (0, len(entries)) else entries[first:last]


def _age(entry: Entry) -> int:
    return -entry[1].at
