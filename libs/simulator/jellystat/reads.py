"""The small answers: libraries, configuration, and users with their last activity."""

from collections import Counter
from typing import Any

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import ViewEvent
from libs.simulator.calls import Answer, Call, as_json
from libs.simulator.jellystat.rows import stamp
from libs.simulator.jellystat.server import JellystatServer
from libs.simulator.jellystat.tables import unreadable

_TYPES = {TitleKind.MOVIE: "movies", TitleKind.TV: "tvshows"}


def libraries(here: JellystatServer, _: Call) -> Answer:
    """`GET /api/getLibraries`; counts are texts."""
    if here.history.settings.database_fails:
        raise unreadable()
    held = Counter(title.section for title in here.media.titles.values())
    return as_json(
        [
            {
                "Id": here.native(section.number),
                "Name": section.name,
                "ServerId": here.media.machine_id,
                "IsFolder": True,
                "Type": "CollectionFolder",
                "CollectionType": _TYPES[section.kind],
                "ImageTagsPrimary": "abc",
                "total_play_time": "71400000000",
                "item_count": str(held[section.number]),
                "season_count": "0",
                "episode_count": "0",
                "archived": False,
            }
            for section in here.media.sections.values()
        ]
    )


def config(here: JellystatServer, _: Call) -> Answer:
    """`GET /api/getconfig`: which server it watches, and whom it was told to leave out."""
    left_out = [here.world.people[number].media_id for number in sorted(here.history.users_without_history)]
    return as_json(
        {
            "JF_HOST": "http://10.0.0.5:8096",
            "APP_USER": here.world.people[0].name,
            "settings": {"ExcludedUsers": left_out} if left_out else {},
            "REQUIRE_LOGIN": True,
            "IS_JELLYFIN": here.media.kind is IntegrationType.JELLYFIN,
        }
    )


def users(here: JellystatServer, _: Call) -> Answer:
    """`GET /stats/getAllUserActivity`; a database that cannot be read looks like one without users."""
    if here.history.settings.database_fails:
        return as_json([])
    counts, seconds, newest = Counter[int](), Counter[int](), dict[int, ViewEvent]()
    for entry in here.entries():
        counts[entry.view.person] += 1
        seconds[entry.view.person] += entry.view.seconds
        newest.setdefault(entry.view.person, entry.view)
    rows = []
    for number in here.media.users:
        person, last = here.world.people[number], newest.get(number)
        row = {"UserId": person.media_id, "PrimaryImageTag": None, "UserName": person.name}
        row |= {"TotalPlays": str(counts[number]), "TotalWatchTime": str(seconds[number])}
        rows.append(row | (_NEVER if last is None else _last_seen(here, last)))
    return as_json(rows)


def _last_seen(here: JellystatServer, view: ViewEvent) -> dict[str, Any]:
    title = here.recording.title(view.title)
    now = int(here.world.clock.now().timestamp())
    return {
        "LastWatched": title.title if title else "",
        "NowPlayingItemId": here.native(view.title),
        "LastActivityDate": stamp(view.at),
        "LastClient": "Jellyfin Web - Firefox",
        "LastSeen": {"days": (now - view.at) // 86_400},
    }


_NEVER: dict[str, Any] = dict.fromkeys(
    ("LastWatched", "NowPlayingItemId", "LastActivityDate", "LastClient", "LastSeen")
)
