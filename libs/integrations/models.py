"""What leaves the door: facts of an upstream in our own words. None means that the upstream does not say."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from libs.common.domain.enums import MediaType
from libs.common.domain.target import DeletionTarget


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """A connection that works. `hint` is something the owner should put right although it works."""

    app_name: str
    version: str
    url_base: str = ""
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """One disk as an upstream sees it. The numbers are as reported, also when they cannot be true."""

    path: str
    total_bytes: int | None
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class RootFolder:
    """A folder below which the upstream keeps its library; not accessible also when it does not say."""

    path: str
    is_accessible: bool
    free_bytes: int | None = None
    total_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One item as its source knows it. `added_at` is the newest file's date, else the library's.

    `size_bytes` is above zero. `file_fingerprint` changes whenever a file is added, replaced or removed; empty when
    the files are not known. `rating` is 0 to 10.
    """

    external_id: str
    media_type: MediaType
    title: str
    size_bytes: int
    path: str
    monitored: bool
    year: int | None = None
    show_title: str | None = None
    parent_external_id: str | None = None
    season_number: int | None = None
    episode_count: int | None = None
    series_status: str | None = None
    poster_url: str = ""
    quality_profile: str | None = None
    rating: float | None = None
    genre: str = ""
    tags: tuple[str, ...] = ()
    language: str | None = None
    tmdb_id: int | None = None
    tvdb_id: int | None = None
    imdb_id: str | None = None
    mb_id: str | None = None
    foreign_book_id: str | None = None
    also_known_as: tuple[str, ...] = ()
    added_at: datetime | None = None
    library_added_at: datetime | None = None
    newest_file_at: datetime | None = None
    oldest_file_at: datetime | None = None
    file_fingerprint: str = ""
    collection_name: str | None = None
    collection_tmdb_id: int | None = None


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item as it is right now, and the files a deletion of it would take.

    A deletion is planned on one of these and takes no file that is not in `file_ids`. Shows and movies go by their own
    id; `file_ids` then only says what is there. `newest_file_at` None: not known.
    """

    target: DeletionTarget
    title: str
    path: str
    size_bytes: int
    monitored: bool
    file_ids: tuple[int, ...]
    file_fingerprint: str
    newest_file_at: datetime | None


@dataclass(frozen=True, slots=True)
class HealthProblem:
    """Something the upstream itself complains about. `level` is its own word: notice, warning or error."""

    source: str
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class UpstreamSafety:
    """What has to be known before anything is deleted. An empty `recycle_bin` means that files really go.

    `recycle_bin_days`: after how many days the upstream empties it, 0 for never; None when it does not say.
    """

    recycle_bin: str
    unmonitors_deleted: bool | None
    root_folders: tuple[RootFolder, ...]
    problems: tuple[HealthProblem, ...] = ()
    blocking_sources: frozenset[str] = frozenset({"RootFolderCheck"})
    recycle_bin_days: int | None = None

    @property
    def blocking(self) -> tuple[HealthProblem, ...]:
        """The problems with which nothing may be deleted."""
        return tuple(p for p in self.problems if p.level == "error" and p.source in self.blocking_sources)


@dataclass(frozen=True, slots=True)
class SeasonDigest:
    """The files of one season, summed up. `path` is the folder they share; empty when there is none."""

    file_count: int
    fingerprint: str
    path: str = ""
    newest_at: datetime | None = None
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeriesDigest:
    """The files of one series, with what tells whether it has to be asked again.

    `path` is the folder of the series, or of the author of a book, when the files were listed; empty where a path of
    the files is never told.
    """

    file_count: int
    size_bytes: int
    seasons: Mapping[int, SeasonDigest] = field(default_factory=dict)
    path: str = ""


def seasons_to_json(digest: SeriesDigest) -> dict[str, Any]:
    """The seasons of a digest as plain JSON values, for keeping."""
    kept: dict[str, Any] = msgspec.to_builtins(dict(digest.seasons), str_keys=True, builtin_types=())
    return kept


def seasons_from_json(kept: Mapping[str, Any]) -> dict[int, SeasonDigest]:
    """What `seasons_to_json` made. Raises `msgspec.ValidationError` for anything else."""
    return msgspec.convert(dict(kept), dict[int, SeasonDigest], strict=False)


@dataclass(frozen=True, slots=True)
class TitleItems:
    """All items of one title, and the digests that go with them; without items the title is gone, or has no files."""

    items: tuple[SourceItem, ...] = ()
    digests: Mapping[int, SeriesDigest] = field(default_factory=dict)


class MediaReading:
    """One pass over all items of a source, page by page; iterate once.

    The iteration ends normally only when everything was read, and raises otherwise. `rows_declared` is how many the
    source says it has (None: it does not say); `digests` is full behind the last page, to be handed in next time.
    """

    def __init__(self, pages: "Callable[[MediaReading], AsyncGenerator[list[SourceItem], None]]") -> None:
        self._pages = pages
        self.rows_declared: int | None = None
        self.digests: dict[int, SeriesDigest] = {}
        self.is_complete = False

    async def __aiter__(self) -> AsyncIterator[list[SourceItem]]:
        async with aclosing(self._pages(self)) as pages:
            async for page in pages:
                yield page
        self.is_complete = True
