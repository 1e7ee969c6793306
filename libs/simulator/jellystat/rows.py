"""Jellystat's rows about plays: big numbers are texts, times have milliseconds."""

from datetime import UTC, datetime
from typing import Any

from libs.simulator.audience import ServerSeason, ViewEvent
from libs.simulator.jellystat.server import Entry, JellystatServer


def stamp(seconds: int, *, ending: str = ".000Z") -> str:
    """A time as the database writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + ending


def row_id(entry: Entry) -> str:
    """Imported rows have ids of another sort."""
    return f"r{entry.view.number}" if entry.is_imported else str(entry.view.number)


def raw_row(here: JellystatServer, entry: Entry) -> dict[str, Any]:
    """One play, as it stands in the activity table: the season has an id and no number."""
    view, season = entry.view, here.recording.season_of(entry.view)
    person = here.world.people[view.person]
    return {
        "Id": row_id(entry),
        "IsPaused": False,
        "UserId": person.media_id,
        "UserName": person.name,
        "Client": "Jellyfin Web",
        "DeviceName": "Firefox",
        "DeviceId": f"d{person.number}",
        "ApplicationVersion": "10.11.4",
        **_what(here, view, season),
        "PlaybackDuration": str(view.seconds),
        "ActivityDateInserted": stamp(entry.written_at),
        "PlayMethod": "DirectPlay",
        "MediaStreams": None,
        "TranscodingInfo": None,
        "PlayState": None,
        "OriginalContainer": "mkv",
        "RemoteEndPoint": "10.0.0.20",
        "ServerId": here.media.machine_id,
        "imported": entry.is_imported,
    }


def numbered_row(here: JellystatServer, entry: Entry) -> dict[str, Any]:
    """One play with the numbers of season and episode, and its library."""
    view, title = entry.view, here.recording.title(entry.view.title)
    is_episode = here.recording.season_of(view) is not None
    return raw_row(here, entry) | {
        "EpisodeNumber": view.episode if is_episode else None,
        "SeasonNumber": view.season if is_episode else None,
        "ParentId": here.native(title.section if title else 0),
    }


def grouped_row(here: JellystatServer, group: list[Entry]) -> dict[str, Any]:
    """The newest play of one thing by one user, with its count. Movies come without one."""
    newest = group[0]
    title, season = here.recording.title(newest.view.title), here.recording.season_of(newest.view)
    row = numbered_row(here, newest)
    name = title.title if title else ""
    if season is None:
        return row | {"results": None, "TotalPlays": None, "TotalDuration": None, "FullName": name}
    duration = str(sum(entry.view.seconds for entry in group))
    return row | {
        "PlaybackDuration": duration,
        "results": [_inner_row(entry) for entry in group],
        "TotalPlays": str(len(group)),
        "TotalDuration": duration,
        "FullName": f"{name} : S{newest.view.season}E{newest.view.episode} - Episode {newest.view.episode}",
    }


def _inner_row(entry: Entry) -> dict[str, Any]:
    """Here the duration is a number, and the time has an offset."""
    return {
        "Id": row_id(entry),
        "ActivityDateInserted": stamp(entry.written_at, ending="+00:00"),
        "PlaybackDuration": entry.view.seconds,
    }


def _what(here: JellystatServer, view: ViewEvent, season: ServerSeason | None) -> dict[str, Any]:
    """For episodes the item is the show."""
    title = here.recording.title(view.title)
    name = title.title if title else ""
    is_movie = season is None
    return {
        "NowPlayingItemId": here.native(view.title),
        "NowPlayingItemName": name if is_movie else f"Episode {view.episode}",
        "SeasonId": None if season is None else here.native(season.native),
        "SeriesName": None if is_movie else name,
        "EpisodeId": None if season is None else here.native(season.first + view.episode - 1),
    }
