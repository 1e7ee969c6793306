"""What Tautulli counts for one item: over periods, and per user."""

from collections import defaultdict

from libs.simulator.audience import ViewEvent
from libs.simulator.calls import Answer, Call
from libs.simulator.tautulli.rows import keys_of
from libs.simulator.tautulli.server import TautulliServer, failure, success

_DAY_S = 86_400


def watch_time(here: TautulliServer, call: Call) -> Answer:
    """`get_item_watch_time_stats`: plays in the last days; 0 days are all of them."""
    key = call.text("rating_key")
    if key is None:
        return failure("Parameter rating_key is required")
    found, now = _plays_of(here, key), int(call.at.timestamp())
    periods = [int(days) for days in (call.text("query_days") or "1,7,30,0").split(",") if days.strip().isdecimal()]
    rows = []
    for days in periods:
        within = [view for view in found if not days or view.at >= now - days * _DAY_S]
        seconds = sum(view.seconds for view in within)
        rows.append({"query_days": days, "total_plays": len(within), "total_time": seconds})
    return success(rows)


def by_user(here: TautulliServer, call: Call) -> Answer:
    """`get_item_user_stats`."""
    key = call.text("rating_key")
    if key is None:
        return failure("Parameter rating_key is required")
    views: dict[int, list[ViewEvent]] = defaultdict(list)
    for view in _plays_of(here, key):
        views[view.person].append(view)
    rows = []
    for number, found in views.items():
        person = here.world.people[number]
        rows.append(
            {
                "user_id": person.plex_id,
                "username": person.name,
                "friendly_name": person.display_name,
                "total_plays": len(found),
                "total_time": sum(view.seconds for view in found),
            }
        )
    return success(rows)


def _plays_of(here: TautulliServer, key: str) -> list[ViewEvent]:
    """Plays of the movie, show, season or episode of that key."""
    recording = here.recording
    return [view for view in recording.plays() if key in map(str, keys_of(view, recording.season_of(view)))]
