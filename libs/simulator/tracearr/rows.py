"""Tracearr's rows: sessions in the words of both APIs, tallies, people, servers."""

from datetime import UTC, datetime
from typing import Any

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import MediaServer, Person, ServerTitle
from libs.simulator.tracearr import ids
from libs.simulator.tracearr.server import Session, TracearrServer
from libs.simulator.tracearr.tally import Tally, is_watched

_NO_IDS: dict[str, Any] = {"imdb_id": None, "tmdb_id": None, "tvdb_id": None}
_EARLY_FIELDS = (
    "id", "serverId", "serverName", "state", "mediaType", "mediaTitle", "showTitle", "seasonNumber", "episodeNumber",
    "year", "thumbPath", "posterUrl", "durationMs", "progressMs", "startedAt", "stoppedAt", "device", "player", "user",
)  # fmt: skip


def session_row(here: TracearrServer, session: Session, *, is_running: bool = False) -> dict[str, Any]:
    """A session as the second API tells it: without the outside ids of its show."""
    server, view, title, _ = session
    runtime_s = title.runtime_s if title else view.seconds
    progress_s = min(view.seconds, runtime_s)
    identifier = ids.play_id(server.key, view)
    return {
        "id": identifier,
        "server_id": ids.server_id(server.key),
        "server_name": server.name,
        "server_type": server.kind.value,
        "state": "playing" if is_running else "stopped",
        **_named(session),
        "duration_ms": view.seconds * 1000,
        "progress_ms": progress_s * 1000,
        "total_duration_ms": runtime_s * 1000,
        "percent_complete": round(100 * progress_s / max(1, runtime_s), 1),
        "started_at": stamp(view.at),
        "stopped_at": None if is_running else stamp(view.at + view.seconds),
        "watched": is_watched(view, title),
        "segment_count": 1,
        **_media(session),
        **_keys(session),
        "library_id": str(title.section) if title else None,
        "genres": list(title.genres) if title else [],
        "reference_id": identifier,
        "user": user_row(here.world.people[view.person], server),
    }


def old_session_row(here: TracearrServer, session: Session, *, is_running: bool = False) -> dict[str, Any]:
    """A session as the first API tells it: with the outside ids of its show, or, in early releases, with none."""
    row = session_row(here, session, is_running=is_running)
    title = session.title
    is_movie = title is not None and title.kind is TitleKind.MOVIE
    own = _outside_ids(title) if is_movie else _NO_IDS
    show = _NO_IDS if is_movie else _outside_ids(title)
    wanted: dict[str, Any] = {name: row[name] for name in _IN_BOTH} | own
    wanted |= {f"show_{name}": value for name, value in show.items()}
    wanted |= {"thumb_path": None, "poster_url": None, "device": "Roku", "player": "Lounge"}
    wanted["show_rating_key"] = row["grandparent_rating_key"]
    person = here.world.people[session.view.person]
    user = {"id": ids.user_id(person.number), "username": person.name, "thumbUrl": None, "avatarUrl": None}
    found = {_camel(name): value for name, value in wanted.items()} | {"user": user}
    return {name: found[name] for name in _EARLY_FIELDS} if here.history.settings.early_rows else found


def tally_row(tally: Tally, media_type: str) -> dict[str, Any]:
    """What was counted of a movie, show or episode."""
    title, is_episode = tally.title, media_type == "episode"
    own = _NO_IDS if is_episode else _outside_ids(title)
    show = _outside_ids(title) if is_episode else _NO_IDS
    return {
        "media_id": ids.episode_id(title, tally.season, tally.episode) if is_episode else ids.media_id(title),
        "media_type": media_type,
        "title": episode_title(tally.season, tally.episode) if is_episode else title.title,
        "year": title.year,
        **own,
        "show_media_id": ids.media_id(title) if is_episode else None,
        "show_title": title.title if is_episode else None,
        **{f"show_{name}": value for name, value in show.items()},
        "season_number": tally.season if is_episode else None,
        "episode_number": tally.episode if is_episode else None,
        "watched_state": "watched" if tally.is_watched else "partial",
        "plays": tally.plays,
        "last_watched_day": datetime.fromtimestamp(tally.newest_at, UTC).strftime("%Y-%m-%d"),
        "episodes_watched": len(tally.seen) if media_type == "show" else None,
        "episode_count": episodes_of(title) if media_type == "show" else None,
    }


def person_row(here: TracearrServer, person: Person) -> dict[str, Any]:
    """A person with the accounts they have on the servers."""
    servers = [each for each in here.servers.values() if person.number in each.users]
    on_plex = any(each.kind is IntegrationType.PLEX for each in servers)
    return {
        "id": ids.user_id(person.number),
        "username": person.name,
        "email": None,
        "plex_account_id": str(person.plex_id) if on_plex else None,
        "accounts": [_account_row(person, server) for server in servers],
    }


def user_row(person: Person, server: MediaServer) -> dict[str, Any]:
    """Who watched."""
    return {
        "id": ids.user_id(person.number),
        "server_user_id": ids.account_id(server.key, person.number),
        "username": person.name,
        "thumb_url": None,
        "avatar_url": None,
    }


def episodes_of(title: ServerTitle) -> int:
    """How many episodes of a show are known."""
    return sum(season.episodes for season in title.seasons)


def episode_title(season: int, episode: int) -> str:
    """Episodes are told apart by their place only."""
    return f"Episode {season}.{episode}"


def stamp(seconds: int) -> str:
    """Milliseconds and `Z`, as JavaScript prints times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _account_row(person: Person, server: MediaServer) -> dict[str, Any]:
    is_plex = server.kind is IntegrationType.PLEX
    return {
        "server_id": ids.server_id(server.key),
        "server_type": server.kind.value,
        "server_user_id": ids.account_id(server.key, person.number),
        "external_user_id": str(person.plex_id) if is_plex else person.media_id,
        "username": person.name,
        "removed_at": None,
    }


def _named(session: Session) -> dict[str, Any]:
    view, title = session.view, session.title
    is_episode = bool(view.season or view.episode)
    name = title.title if title else "Unknown"
    return {
        "media_type": "episode" if is_episode else "movie",
        "media_title": episode_title(view.season, view.episode) if is_episode else name,
        "show_title": name if is_episode else None,
        "season_number": view.season if is_episode else None,
        "episode_number": view.episode if is_episode else None,
        "year": title.year if title else None,
    }


def _media(session: Session) -> dict[str, Any]:
    """Tracearr's own ids; the outside ids are a movie's."""
    view, title = session.view, session.title
    if title is None:
        return {"media_id": None, "show_media_id": None, **_NO_IDS}
    if title.kind is TitleKind.MOVIE:
        return {"media_id": ids.media_id(title), "show_media_id": None, **_outside_ids(title)}
    episode = ids.episode_id(title, view.season, view.episode)
    return {"media_id": episode, "show_media_id": ids.media_id(title), **_NO_IDS}


def _keys(session: Session) -> dict[str, str | None]:
    """The ids on the media server: of the movie, or of episode, season and show."""
    server, view, _, season = session
    if not (view.season or view.episode):
        own = ids.native_id(server, view.title)
        return {"rating_key": own, "parent_rating_key": None, "grandparent_rating_key": None}
    return {
        "rating_key": ids.native_id(server, season.first + view.episode - 1) if season else None,
        "parent_rating_key": ids.native_id(server, season.native) if season else None,
        "grandparent_rating_key": ids.native_id(server, view.title),
    }


def _outside_ids(title: ServerTitle | None) -> dict[str, Any]:
    if title is None or not title.has_ids:
        return _NO_IDS
    return {"imdb_id": title.imdb_id or None, "tmdb_id": title.tmdb_id or None, "tvdb_id": title.tvdb_id or None}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_IN_BOTH = (
    "id", "server_id", "server_name", "state", "media_type", "media_title", "show_title", "season_number",
    "episode_number", "year", "duration_ms", "progress_ms", "total_duration_ms", "started_at", "stopped_at",
    "watched", "segment_count", "rating_key",
)  # fmt: skip
