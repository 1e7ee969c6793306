"""The activity table row by row: everything, of one user, and of one item."""

from collections.abc import Callable
from functools import partial

from libs.simulator.calls import Answer, Call, Refusal
from libs.simulator.jellystat.rows import numbered_row, raw_row
from libs.simulator.jellystat.server import Entry, JellystatServer
from libs.simulator.jellystat.tables import arranged, empty_table, table, unreadable


def everything(here: JellystatServer, call: Call) -> Answer:
    """`GET /stats/getPlaybackActivity`; older versions do not have it."""
    if not here.history.settings.has_playback_route:
        raise Refusal(404, {"error": "Not Found"})
    if here.history.settings.database_fails:
        raise unreadable()
    return table(here, call, arranged(here, call, here.entries()), partial(raw_row, here))


def of_user(here: JellystatServer, call: Call) -> Answer:
    """`POST /api/getUserHistory`; a read that failed looks like one of somebody without rows."""
    people, asked = here.world.people, call.fields().get("userid")
    if any(people[number].media_id == asked for number in here.history.settings.unreadable_people):
        return empty_table(call)
    return _where(here, call, "userid", lambda wanted, entry: here.world.people[entry.view.person].media_id == wanted)


def of_item(here: JellystatServer, call: Call) -> Answer:
    """`POST /api/getItemHistory`: of a movie, show, season or episode."""

    def is_about(wanted: str, entry: Entry) -> bool:
        row = raw_row(here, entry)
        return wanted in {row["NowPlayingItemId"], row["SeasonId"], row["EpisodeId"]}

    return _where(here, call, "itemid", is_about)


def _where(here: JellystatServer, call: Call, name: str, matches: Callable[[str, Entry], bool]) -> Answer:
    wanted = call.fields().get(name)
    if not isinstance(wanted, str) or not wanted:
        raise Refusal(400, {"error": f"{name} is required"})
    if here.history.settings.database_fails:
        raise unreadable()
    found = [entry for entry in here.entries() if matches(wanted, entry)]
    return table(here, call, arranged(here, call, found), partial(numbered_row, here))
