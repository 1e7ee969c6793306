"""What exists: movies, shows, seasons and their files, in the upstreams' own ids."""

from datetime import datetime

import msgspec


class Quality(msgspec.Struct, frozen=True):
    """A release quality as both systems name it."""

    id: int
    name: str
    source: str
    resolution: int


HD = Quality(7, "Bluray-1080p", "bluray", 1080)
UHD = Quality(19, "Bluray-2160p", "bluray", 2160)
WEB = Quality(3, "WEBDL-1080p", "webdl", 1080)


class MovieFile(msgspec.Struct):
    id: int
    size_bytes: int
    added_at: datetime
    relative_path: str
    quality: Quality = HD


class Ratings(msgspec.Struct, frozen=True):
    """A movie's ratings in each site's own scale; `None` where the site knows nothing."""

    imdb: float | None = None
    tmdb: float | None = None
    metacritic: float | None = None
    rotten_tomatoes: float | None = None
    trakt: float | None = None


class CollectionRef(msgspec.Struct, frozen=True):
    title: str
    tmdb_id: int


class Movie(msgspec.Struct, kw_only=True):
    """One Radarr movie. `omit` names row fields that this one leaves out, as half-read titles do."""

    id: int
    title: str
    year: int
    tmdb_id: int
    imdb_id: str
    path: str
    root: str
    added_at: datetime
    status: str = "released"
    runtime: int = 110
    genres: tuple[str, ...] = ()
    certification: str = "PG-13"
    studio: str = ""
    language_id: int = 1
    profile_id: int = 4
    monitored: bool = True
    tags: tuple[int, ...] = ()
    ratings: Ratings = Ratings()
    collection: CollectionRef | None = None
    file: MovieFile | None = None
    omit: tuple[str, ...] = ()
    revision: int = 0

    @property
    def size_bytes(self) -> int:
        return self.file.size_bytes if self.file else 0


class EpisodeFile(msgspec.Struct, gc=False):
    """One file, holding the episodes `first` to `last` of its season."""

    id: int
    first: int
    last: int
    size_bytes: int
    added_at: datetime


class Season(msgspec.Struct, kw_only=True):
    """One season. `aired` of its `episodes` have been broadcast; episode numbers start at 1."""

    number: int
    episodes: int
    aired: int
    first_air: datetime
    monitored: bool = True
    unmonitored: frozenset[int] = frozenset()
    files: list[EpisodeFile] = []

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    def follow(self, *, monitored: bool) -> None:
        """Set the season's flag; its episodes follow, as they do when Sonarr saves a series."""
        self.monitored = monitored
        self.unmonitored = frozenset() if monitored else frozenset(range(1, self.episodes + 1))


class Show(msgspec.Struct, kw_only=True):
    """One Sonarr series. `omit` names row fields that this one leaves out."""

    id: int
    title: str
    year: int
    tvdb_id: int
    tmdb_id: int
    imdb_id: str
    path: str
    root: str
    added_at: datetime
    seasons: list[Season]
    status: str = "ended"
    network: str = ""
    runtime: int = 44
    genres: tuple[str, ...] = ()
    certification: str = "TV-14"
    language_id: int = 1
    profile_id: int = 4
    monitored: bool = True
    monitor_new_items: str = "all"
    tags: tuple[int, ...] = ()
    rating: float | None = None
    quality: Quality = HD
    omit: tuple[str, ...] = ()
    revision: int = 0

    @property
    def size_bytes(self) -> int:
        return sum(season.size_bytes for season in self.seasons)

    @property
    def files(self) -> list[EpisodeFile]:
        return [file for season in self.seasons for file in season.files]

    def season(self, number: int) -> Season | None:
        """The season of that number; `None` when the show has none."""
        return next((season for season in self.seasons if season.number == number), None)
