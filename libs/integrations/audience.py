"""What media servers, play histories and request systems tell about titles. None: the source does not say."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from libs.common.domain.enums import IntegrationType, TitleKind

P = TypeVar("P")
MAX_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class ServerRef:
    """A media server as a source names it: itself, or the one whose plays it records.

    `server` is the source's own key for it (empty: there is only one); `identity` the machine id the media server
    itself tells, where the source knows it. `type` is None when the source does not tell it.
    """

    server: str = ""
    identity: str | None = None
    type: IntegrationType | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class SourceTitle:
    """A movie, show or artist as one source numbers it.

    `native_id` is unique for its `server`; a history uses the ids of the media server it watches. Placeholder ids are
    None. `guids` are further exact names of the title (`plex://…`). `folders` are the normalised folders in which its
    files lie: the folder of a movie's file, the folder of a show. `added_at` is when the library got it.
    """

    native_id: str
    kind: TitleKind
    title: str = ""
    year: int | None = None
    server: str = ""
    tmdb_id: int | None = None
    tvdb_id: int | None = None
    imdb_id: str | None = None
    mb_id: str | None = None
    guids: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceUser:
    """A person as one source knows them.

    `ids` are exact names in spaces that sources share, such as `plex:4021`, `jellyfin:1111…` or `emby:1111…`; `names`
    are login and display names, most preferred first. `is_readable` false: plays of this person cannot be read here.
    """

    user_id: str
    names: tuple[str, ...]
    ids: frozenset[str] = frozenset()
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class Play:
    """One play of a title, or, as `is_count`, several that the source only counts.

    `play_id` is unique within the source and the same in every read. `plays` 0 means activity that is no play, such as
    a start that was broken off. `season_number` None: a movie, or the source does not tell seasons apart.
    `episode_id` names the episode, for counting distinct ones. `user_id` empty: the source does not say who.
    """

    play_id: str
    title_id: str
    user_id: str
    last_played_at: datetime | None
    plays: int = 1
    server: str = ""
    season_number: int | None = None
    episode_id: str = ""
    is_count: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody has a title on a watchlist, among the favourites, or half seen on deck."""

    title_id: str
    user_id: str
    server: str = ""


@dataclass(frozen=True, slots=True)
class CollectionMember:
    """A title in a media server's own collection. `is_smart`: membership is a stored filter."""

    collection_id: str
    name: str
    title_id: str
    is_smart: bool = False


@dataclass(frozen=True, slots=True)
class TitleLabel:
    """A label of a title, as the server spells it."""

    title_id: str
    label: str


@dataclass(frozen=True, slots=True)
class TitleRequest:
    """A request for a title. `counts` is false for declined and failed ones.

    `seasons` empty: the whole show, or the source does not say. `arr_id` is the item's own id in the *arr that got it.
    """

    request_id: str
    kind: TitleKind
    counts: bool
    is_pending: bool
    user_id: str
    requested_by: str
    requested_at: datetime | None
    tmdb_id: int | None = None
    tvdb_id: int | None = None
    imdb_id: str | None = None
    arr_id: str = ""
    seasons: frozenset[int] = frozenset()
    is_4k: bool = False


@dataclass(frozen=True, slots=True)
class PlayedItem:
    """A movie or episode that somebody did something with, by the source's own ids. `user_id` empty: anybody."""

    native_id: str
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """What is known about one item now. `titles` are those that only the plays name; a wish that ended is not told."""

    plays: tuple[Play, ...] = ()
    wishes: tuple[Wish, ...] = ()
    titles: tuple[SourceTitle, ...] = ()


class Reading(Generic[P]):
    """One pass over everything a source tells about one matter, page by page; iterate once.

    The iteration ends normally only when everything was read, and raises otherwise. `rows_declared` is how many rows
    the source says it has (None: it does not say), `rows_skipped` how many of them name no title.
    """

    def __init__(self, pages: Callable[["Reading[P]"], AsyncGenerator[list[P], None]]) -> None:
        self._pages = pages
        self.rows_declared: int | None = None
        self.rows_skipped = 0
        self.is_complete = False

    async def __aiter__(self) -> AsyncIterator[list[P]]:
        async with aclosing(self._pages(self)) as pages:
            async for page in pages:
                yield page
        self.is_complete = True


@dataclass(slots=True)
class PlayNotes:
    """What a reading of plays found out besides them; whole behind the last page.

    `titles` are the titles that plays name and no library of ours may know (a history's own view of them).
    `unresolved` counts rows that name no title; a few of their names are in `examples`. `tells_seasons` false:
    some plays of shows name no season.
    """

    titles: dict[tuple[str, str], SourceTitle] = field(default_factory=dict)
    unresolved: int = 0
    examples: list[str] = field(default_factory=list)
    tells_seasons: bool = True
    people_since: datetime | None = None
    """Who watched is told only from then on, earlier plays are but counted; None: it is told for all plays."""
    is_partial: str = ""
    """Why the plays cannot be all, in words for a person; empty when they are."""

    def leave_out(self, name: str) -> None:
        """Count a row that names no title, under the name it has for a person."""
        self.unresolved += 1
        if len(self.examples) < MAX_EXAMPLES and name not in self.examples:
            self.examples.append(name)


class PlayReading(Reading[Play]):
    """A reading of plays with its notes. `is_addition`: only what came since the time that was asked for."""

    def __init__(
        self, pages: Callable[["PlayReading"], AsyncGenerator[list[Play], None]], *, is_addition: bool = False
    ) -> None:
        super().__init__(lambda _reading: pages(self))
        self.notes = PlayNotes()
        self.is_addition = is_addition
