"""What exists: movies, shows, artists, books and their files, in the upstreams' own ids."""

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
FLAC = Quality(6, "FLAC", "", 0)
EPUB = Quality(3, "EPUB", "", 0)


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
    original_title: str = ""
    also_known_as: tuple[str, ...] = ()
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
    also_known_as: tuple[str, ...] = ()
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


class StoredFile(msgspec.Struct, gc=False):
    """A track's or a book's file; `path` is the whole one."""

    id: int
    path: str
    size_bytes: int
    added_at: datetime


class Album(msgspec.Struct, kw_only=True):
    """One album of an artist; `tracks` it has altogether, of which as many as `files` are there."""

    id: int
    title: str
    foreign_id: str
    tracks: int
    released_at: datetime
    kind: str = "Album"
    monitored: bool = True
    files: list[StoredFile] = []

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


class Artist(msgspec.Struct, kw_only=True):
    """One Lidarr artist. `title` is the name; `omit` names row fields that this one leaves out."""

    id: int
    title: str
    mb_id: str
    path: str
    root: str
    added_at: datetime
    albums: list[Album]
    status: str = "continuing"
    genres: tuple[str, ...] = ()
    profile_id: int = 4
    monitored: bool = True
    monitor_new_items: str = "all"
    tags: tuple[int, ...] = ()
    rating: float | None = None
    omit: tuple[str, ...] = ()
    revision: int = 0

    @property
    def size_bytes(self) -> int:
        return sum(album.size_bytes for album in self.albums)

    @property
    def files(self) -> list[StoredFile]:
        return [file for album in self.albums for file in album.files]


class Author(msgspec.Struct, kw_only=True):
    """One Readarr author; the books are in the instance, their ids here. `title` is the name."""

    id: int
    title: str
    foreign_id: str
    path: str
    root: str
    added_at: datetime
    books: list[int] = []
    status: str = "continuing"
    profile_id: int = 4
    monitored: bool = True
    monitor_new_items: str = "none"
    tags: tuple[int, ...] = ()
    omit: tuple[str, ...] = ()
    revision: int = 0


class Book(msgspec.Struct, kw_only=True):
    """One Readarr book. `rating` is 0 to 5; `omit` names row fields that this one leaves out."""

    id: int
    title: str
    author_id: int
    foreign_id: str
    added_at: datetime
    released_at: datetime
    pages: int = 320
    genres: tuple[str, ...] = ()
    rating: float | None = None
    monitored: bool = True
    files: list[StoredFile] = []
    omit: tuple[str, ...] = ()
    revision: int = 0

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


Tagged = Movie | Show | Artist | Author
"""What can have tags; each of these has a folder of its own too."""
