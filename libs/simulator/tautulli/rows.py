"""Tautulli's rows about plays. Their ids are numbers, texts or empty, as they happen to come."""

from typing import Any

from libs.simulator.audience import MediaServer, Person, ServerSeason, ServerTitle, ViewEvent
from libs.simulator.plex.guids import guid_of, leaf_guid
from libs.simulator.plex.shelf import Leaf

_TEXT_EVERY = 3
_PAUSED_EVERY, _PAUSE_S = 4, 60
_WATCHED_STEPS = ((85, 1), (75, 0.75), (50, 0.5), (25, 0.25))


def loosely(number: int, view: ViewEvent) -> int | str:
    """An id as a number, or in every third row as text."""
    return str(number) if view.number % _TEXT_EVERY == 0 else number


def keys_of(view: ViewEvent, season: ServerSeason | None) -> tuple[int, int | None, int | None]:
    """The rating keys of what was played, its season and its show."""
    if season is None:
        return view.title, None, None
    return season.first + view.episode - 1, season.native, view.title


def paused_s(view: ViewEvent) -> int:
    """How long a play stood still, in seconds."""
    return _PAUSE_S if view.number % _PAUSED_EVERY == 0 else 0


def percent_of(view: ViewEvent, title: ServerTitle) -> int:
    """How much of it was seen."""
    return min(100, int(100 * view.seconds / max(1, title.runtime_s)))


def watched_status(percent: int) -> float:
    """Watched enough is 1, less comes in quarters."""
    return next((status for least, status in _WATCHED_STEPS if percent >= least), 0)


def history_row(view: ViewEvent, title: ServerTitle, season: ServerSeason | None, person: Person) -> dict[str, Any]:
    """One play, without the name that the agent gave to what was played."""
    item, parent, grandparent = keys_of(view, season)
    paused = paused_s(view)
    percent = percent_of(view, title)
    return {
        "reference_id": view.number,
        "row_id": view.number,
        "id": view.number,
        "date": view.at,
        "started": view.at,
        "stopped": view.at + view.seconds + paused,
        "duration": view.seconds,
        "play_duration": view.seconds,
        "paused_counter": paused,
        **_who(person),
        "ip_address": "10.0.0.20",
        "live": 0,
        "machine_id": f"x{person.number}",
        "location": "lan",
        "secure": 1,
        "relayed": 0,
        "rating_key": loosely(item, view),
        "parent_rating_key": "" if parent is None else loosely(parent, view),
        "grandparent_rating_key": "" if grandparent is None else loosely(grandparent, view),
        **_what(view, title, season),
        "transcode_decision": "direct play",
        "percent_complete": percent,
        "watched_status": watched_status(percent),
        "group_count": 1,
        "group_ids": str(view.number),
        "state": None,
        "session_key": None,
    }


def activity_row(view: ViewEvent, title: ServerTitle, season: ServerSeason | None, person: Person) -> dict[str, Any]:
    """A session under way as the history shows it when asked to: it has no ids of its own yet."""
    row = history_row(view, title, season, person)
    nothing = dict.fromkeys(("reference_id", "row_id", "id", "group_ids"))
    return row | nothing | {"state": "playing", "session_key": str(view.number), "stopped": view.at + view.seconds}


def session_row(server: MediaServer, view: ViewEvent, title: ServerTitle, person: Person) -> dict[str, Any]:
    """A session as the activity shows it: all values are texts."""
    season = next((each for each in title.seasons if each.number == view.season), None)
    item, parent, grandparent = keys_of(view, season)
    return {
        "session_key": str(view.number),
        "session_id": f"s{view.number}",
        "media_type": "movie" if season is None else "episode",
        "rating_key": str(item),
        "parent_rating_key": "" if parent is None else str(parent),
        "grandparent_rating_key": "" if grandparent is None else str(grandparent),
        "title": title.title if season is None else f"Episode {view.episode}",
        "grandparent_title": "" if season is None else title.title,
        "full_title": _full_title(view, title, season),
        "section_id": str(title.section),
        "state": "playing",
        "progress_percent": str(percent_of(view, title)),
        "server_name": server.name,
        "user": person.name,
        "user_id": str(person.plex_id),
        "friendly_name": person.display_name,
    }


def guid(view: ViewEvent, title: ServerTitle, season: ServerSeason | None, *, legacy: bool) -> str:
    """The agent's name of the movie or the episode, not of its show."""
    if season is None:
        return guid_of(title, legacy=legacy)
    return leaf_guid(Leaf(title, season, view.episode), legacy=legacy)


def _who(person: Person) -> dict[str, Any]:
    return {
        "user_id": person.plex_id,
        "user": person.name,
        "friendly_name": person.display_name,
        "user_thumb": "",
        "platform": "Roku",
        "product": "Plex for Roku",
        "player": "Lounge",
    }


def _what(view: ViewEvent, title: ServerTitle, season: ServerSeason | None) -> dict[str, Any]:
    """The names. An episode's year is its own."""
    is_movie = season is None
    return {
        "media_type": "movie" if is_movie else "episode",
        "full_title": _full_title(view, title, season),
        "title": title.title if is_movie else f"Episode {view.episode}",
        "parent_title": "" if is_movie else f"Season {view.season}",
        "grandparent_title": "" if is_movie else title.title,
        "original_title": "",
        "year": title.year + max(0, view.season - 1),
        "media_index": "" if is_movie else view.episode,
        "parent_media_index": "" if is_movie else view.season,
        "thumb": f"/library/metadata/{title.native}/thumb/{int(title.added_at.timestamp())}",
        "originally_available_at": f"{title.year}-09-30",
    }


def _full_title(view: ViewEvent, title: ServerTitle, season: ServerSeason | None) -> str:
    return title.title if season is None else f"{title.title} - Episode {view.episode}"
