"""The audience: people, the media servers they watch on, the histories that count it, and what they asked for."""

from datetime import datetime

import msgspec

from libs.common.domain.enums import TitleKind
from libs.simulator.installed import Installed


class Person(msgspec.Struct, kw_only=True):
    """Somebody with accounts on every system. `number` is the place in `World.people`, from 0; 0 owns everything.

    `plex_id` is the account number at plex.tv, `media_id` the user id on Jellyfin and Emby (32 hex digits),
    `desk_id` the one in request systems, from 1.
    """

    number: int
    name: str
    display_name: str
    email: str
    plex_id: int
    media_id: str

    @property
    def desk_id(self) -> int:
        return self.number + 1


class ServerSeason(msgspec.Struct):
    """A season on a media server. Its episodes have the native numbers `first` to `first + episodes - 1`."""

    number: int
    native: int
    first: int
    episodes: int


class ServerTitle(msgspec.Struct, kw_only=True):
    """A movie or show as one media server holds it. `native` is its number there, `section` its library.

    `has_ids` false: the server knows it by title and year only, as with an old agent. `hidden_from` lists people who
    may not see it. `size_bytes` and `path` are those of the folder the *arr keeps.
    """

    native: int
    kind: TitleKind
    title: str
    year: int
    tmdb_id: int
    tvdb_id: int = 0
    imdb_id: str = ""
    path: str
    size_bytes: int = 0
    section: int = 1
    added_at: datetime
    runtime_s: int = 6000
    genres: tuple[str, ...] = ()
    labels: list[str] = []
    seasons: list[ServerSeason] = []
    has_ids: bool = True
    overview: str = ""


class Section(msgspec.Struct):
    """A library of a media server; `restricted` holds the numbers of people who may not see it."""

    number: int
    kind: TitleKind
    name: str
    restricted: frozenset[int] = frozenset()


class ViewEvent(msgspec.Struct, gc=False):
    """Somebody watched `seconds` of a movie, or of an episode, from `at` (epoch seconds) on. Movies: season 0."""

    number: int
    person: int
    title: int
    season: int
    episode: int
    at: int
    seconds: int


class Favourite(msgspec.Struct, frozen=True):
    """A title somebody marked, or one season (`season` above 0) or episode of it."""

    person: int
    title: int
    season: int = 0
    episode: int = 0


class ServerCollection(msgspec.Struct, kw_only=True):
    """A collection of a media server; `smart`: its members are a stored filter."""

    native: int
    name: str
    section: int
    members: list[int]
    smart: bool = False
    tmdb_id: int = 0


class ServerSettings(msgspec.Struct, rename="camel"):
    """What makes one version or installation answer differently from another."""

    version: str = ""
    legacy_auth: bool = True
    """Jellyfin: old headers are still taken."""
    grandparent_keys: bool = True
    """Plex: history rows carry the key of the show."""
    legacy_agents: bool = False
    """Plex: libraries still use the old agents, which put an outside id into the guid."""
    guest_history: bool = False
    """Plex: a guest may read the history of their own plays; otherwise none at all."""
    collection_items: bool = True
    """Plex: members of a collection have a path of their own; older versions only know them as children."""
    list_user_data: bool = True
    """Emby: lists carry play counts when asked for; some builds never do."""
    page_cap: int = 0
    """At most so many rows in a page; 0 is no limit."""


class MediaServer(Installed, kw_only=True):
    """One Plex, Jellyfin or Emby. `plays` is in order of time; `users` the people with an account."""

    machine_id: str
    users: list[int]
    sections: dict[int, Section] = msgspec.field(default_factory=dict)
    titles: dict[int, ServerTitle] = msgspec.field(default_factory=dict)
    plays: list[ViewEvent] = msgspec.field(default_factory=list)
    favourites: list[Favourite] = msgspec.field(default_factory=list)
    on_deck: list[Favourite] = msgspec.field(default_factory=list)
    collections: dict[int, ServerCollection] = msgspec.field(default_factory=dict)
    disabled: frozenset[int] = frozenset()
    playing: list[ViewEvent] = msgspec.field(default_factory=list)
    settings: ServerSettings = msgspec.field(default_factory=ServerSettings)
    revision: int = 0


class HistorySettings(msgspec.Struct, rename="camel"):
    """What makes one version of a history answer differently from another."""

    version: str = ""
    has_v2: bool = True
    """Tracearr: the second API is there."""
    early_rows: bool = False
    """Tracearr: rows of the first API carry no ids."""
    calls_per_minute: int = 0
    """Tracearr: more calls of the second API are refused; 0 is no limit."""
    has_playback_route: bool = True
    """Jellystat: raw rows can be read in one list."""
    api_enabled: bool = True
    """Tautulli: its API is switched on. Jellystat: it has given out a key."""
    database_fails: bool = False
    """Tautulli and Jellystat: they answer as when their database cannot be read."""
    unreadable_people: frozenset[int] = frozenset()
    """Jellystat: their rows cannot be read, which looks as if they had none."""
    imports_reports: bool = False
    """Jellystat: plays were also taken over from the server's report plugin, so that some are there twice."""
    view_age_s: int = 0
    """Jellystat: how old the prepared lists are."""
    page_cap: int = 0
    """Tautulli and Jellystat: at most so many rows in a page; 0 is no limit."""


class History(Installed, kw_only=True):
    """One Tautulli, Jellystat or Tracearr. It recorded the plays of `servers` from `since` (epoch seconds) on."""

    servers: list[str]
    since: int = 0
    users_without_history: frozenset[int] = frozenset()
    settings: HistorySettings = msgspec.field(default_factory=HistorySettings)


class Request(msgspec.Struct, kw_only=True):
    """A request. `status`: 1 pending, 2 approved, 3 declined, 4 failed, 5 completed. `media_status`: 1 to 7.

    `arr` and `arr_id` name the item it led to, where it did. `damaged`: the row has lost its media.
    """

    id: int
    kind: TitleKind
    tmdb_id: int
    tvdb_id: int = 0
    person: int
    status: int
    media_status: int = 5
    created_at: datetime
    seasons: tuple[int, ...] = ()
    is_4k: bool = False
    arr: str = ""
    arr_id: int = 0
    damaged: bool = False


class RequestDesk(Installed, kw_only=True):
    """One Seerr, Overseerr or Jellyseerr."""

    users: list[int]
    requests: list[Request] = msgspec.field(default_factory=list)
    version: str = "2.7.3"
    page_cap: int = 100
    unreachable: frozenset[str] = frozenset()
    """Keys of the *arr that it cannot ask."""
