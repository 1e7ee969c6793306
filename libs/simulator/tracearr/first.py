"""The first API: health, history in numbered pages, and what is running."""

from libs.simulator.calls import Answer, Call, as_json
from libs.simulator.pages import page_of
from libs.simulator.tracearr import queries
from libs.simulator.tracearr.rows import old_session_row
from libs.simulator.tracearr.server import Entry, TracearrServer, no_route

_CAP, _DEFAULT = 100, 25


def health(here: TracearrServer, call: Call) -> Answer:
    """`GET /health`."""
    rows = [
        {
            "id": identifier,
            "name": server.name,
            "type": server.kind.value,
            "online": True,
            "activeStreams": len(server.playing),
        }
        for identifier, server in here.servers.items()
    ]
    return as_json({"status": "ok", "version": here.version, "timestamp": call.at, "servers": rows})


def history(here: TracearrServer, call: Call) -> Answer:
    """`GET /history`: one row per session, newest first, also the short ones. Pages shift as sessions come in."""
    size = queries.page_size(call, default=_DEFAULT, cap=_CAP)
    number = max(1, queries.whole(call, "page", 1))
    page, total = page_of(_wanted(here, call), call, start=(number - 1) * size, size=size)
    rows = [old_session_row(here, here.session(*entry)) for entry in page]
    return as_json({"data": rows, "meta": {"total": total, "page": number, "pageSize": size}})


def streams(here: TracearrServer, _: Call) -> Answer:
    """`GET /streams`: what is running now."""
    running = [(key, view) for key, recording in here.recordings.items() for view in recording.server.playing]
    return as_json({"data": [old_session_row(here, here.session(*entry), is_running=True) for entry in running]})


def unknown(_here: TracearrServer, call: Call) -> Answer:
    """A path that no API has."""
    raise no_route(call)


def _wanted(here: TracearrServer, call: Call) -> list[Entry]:
    kind = queries.choice(call, "mediaType", ("all", "movie", "episode", "track"), "all")
    found = here.entries(kind, only_plays=False)
    key = queries.server_key(here, call, "serverId")
    first, last = queries.moment(call, "startDate"), queries.moment(call, "endDate")
    if key is None and first is None and last is None:
        return found
    return [
        (server, view)
        for server, view in found
        if key in {None, server} and (first is None or view.at >= first) and (last is None or view.at <= last)
    ]
