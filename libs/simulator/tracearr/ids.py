"""Tracearr's own ids: UUIDs for servers, people, plays and media, the same for a title on every server."""

import hashlib
import re
from uuid import UUID

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import MediaServer, ServerTitle, ViewEvent

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

Identity = tuple[TitleKind, int, str, int]
"""What Tracearr goes by: kind and TMDb number (below zero: TVDb), or, where a server tells none, title and year."""


def uid(*parts: object) -> str:
    """The UUID of something; the same parts give the same."""
    text = ":".join(map(str, parts)).encode()
    return str(UUID(bytes=hashlib.blake2b(text, digest_size=16).digest()))


def is_uid(text: str) -> bool:
    """Whether a text has the shape of an id."""
    return _UUID.fullmatch(text) is not None


def server_id(key: str) -> str:
    """The id of a media server."""
    return uid("server", key)


def user_id(person: int) -> str:
    """The id of a person over all servers."""
    return uid("user", person)


def account_id(key: str, person: int) -> str:
    """The id of a person's account on one server."""
    return uid("account", key, person)


def identity(title: ServerTitle) -> Identity:
    """What makes copies of a title on several servers one."""
    if not title.has_ids:
        return (title.kind, 0, title.title, title.year)
    return (title.kind, title.tmdb_id or -title.tvdb_id, "", 0)


def media_id(title: ServerTitle) -> str:
    """The id of a movie or show."""
    return uid("media", *identity(title))


def episode_id(title: ServerTitle, season: int, episode: int) -> str:
    """The id of an episode."""
    return uid("media", *identity(title), season, episode)


def play_id(key: str, view: ViewEvent) -> str:
    """The id of a play."""
    return uid("play", key, view.number)


def native_id(server: MediaServer, number: int) -> str:
    """A number of a media server as that server writes it."""
    return f"{number:032x}" if server.kind is IntegrationType.JELLYFIN else str(number)
