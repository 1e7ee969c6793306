"""One truth shared by all simulated systems: what is installed, what it holds, who watches, and the disks below."""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from libs.common.domain.enums import IntegrationType
from libs.simulator.audience import History, MediaServer, Person, RequestDesk
from libs.simulator.clock import SimClock
from libs.simulator.disks import Disks, Mount, Volume
from libs.simulator.installed import Installed
from libs.simulator.library import Artist, Author, Book, Movie, Show, Tagged

PROFILES = {1: "Any", 4: "HD-1080p", 5: "Ultra-HD", 6: "HD - 720p/1080p"}
LANGUAGES = {
    -2: "Original",
    -1: "Any",
    0: "Unknown",
    1: "English",
    2: "French",
    3: "Spanish",
    4: "German",
    8: "Japanese",
}


_VERSIONS = {
    IntegrationType.SONARR: "4.0.15.2941",
    IntegrationType.RADARR: "5.26.2.10099",
    IntegrationType.LIDARR: "2.12.4.4658",
    IntegrationType.READARR: "0.4.18.2805",
}


class RootFolder(msgspec.Struct):
    id: int
    path: str
    accessible: bool = True


class Exclusion(msgspec.Struct):
    """An entry of the import-list exclusions.

    `outside_id` is a TVDb id in Sonarr, a TMDb id in Radarr, and the text of a foreign id in Lidarr and Readarr.
    """

    id: int
    outside_id: int | str
    title: str
    year: int = 0


class CollectionMember(msgspec.Struct, frozen=True):
    tmdb_id: int
    title: str
    year: int


class Collection(msgspec.Struct):
    """A TMDb collection as Radarr keeps it: all its members, owned or not."""

    id: int
    title: str
    tmdb_id: int
    root: str
    monitored: bool = False
    members: list[CollectionMember] = []


class InstanceSettings(msgspec.Struct, rename="camel"):
    """What an owner can set, and what makes one version answer differently from another."""

    app_name: str = ""
    version: str = ""
    recycle_bin: str = ""
    auto_unmonitor: bool = False
    collection_field: str = "title"
    hidden_mounts: list[str] = []
    calibre: str = ""
    """Readarr: `up` or `down` when a Calibre server keeps the books."""


class Instance(Installed, kw_only=True):
    """One installed *arr, living under its URL base."""

    roots: list[RootFolder]
    mounts: list[Mount]
    settings: InstanceSettings
    tags: dict[int, str] = msgspec.field(default_factory=dict)
    movies: dict[int, Movie] = msgspec.field(default_factory=dict)
    shows: dict[int, Show] = msgspec.field(default_factory=dict)
    artists: dict[int, Artist] = msgspec.field(default_factory=dict)
    authors: dict[int, Author] = msgspec.field(default_factory=dict)
    books: dict[int, Book] = msgspec.field(default_factory=dict)
    exclusions: dict[int, Exclusion] = msgspec.field(default_factory=dict)
    collections: dict[int, Collection] = msgspec.field(default_factory=dict)
    next_id: int = 1
    next_file_id: int = 1
    next_part_id: int = 1
    """For the second number space: Lidarr's albums and Readarr's authors."""
    revision: int = 0

    def root_of(self, path: str) -> RootFolder | None:
        """The root folder that is exactly `path`."""
        return next((root for root in self.roots if root.path == path), None)

    def tag_id(self, label: str) -> int:
        """The id of a tag, made when it is new. Labels are lower case, as the systems store them."""
        wanted = label.lower()
        for known, name in self.tags.items():
            if name == wanted:
                return known
        fresh = max(self.tags, default=0) + 1
        self.tags[fresh] = wanted
        return fresh

    def take_id(self, wanted: int | None = None) -> int:
        """A new item id, or `wanted`; ids are never given twice."""
        chosen = self.next_id if wanted is None else wanted
        self.next_id = max(self.next_id, chosen + 1)
        return chosen

    def take_part_id(self, wanted: int | None = None) -> int:
        """A new id of an album or author, or `wanted`; they overlap with those of items, as in life."""
        chosen = self.next_part_id if wanted is None else wanted
        self.next_part_id = max(self.next_part_id, chosen + 1)
        return chosen

    def take_file_id(self) -> int:
        """A new file id."""
        self.next_file_id += 1
        return self.next_file_id - 1

    @property
    def tagged(self) -> Iterator[Tagged]:
        """Everything that can have tags."""
        yield from self.movies.values()
        yield from self.shows.values()
        yield from self.artists.values()
        yield from self.authors.values()

    @property
    def size_bytes(self) -> int:
        """What all files take."""
        items = (self.movies, self.shows, self.artists, self.books)
        return sum(item.size_bytes for each in items for item in each.values())


class World:
    """Everything that exists. `lone_key` names the one instance that redirects addresses without its URL base."""

    def __init__(self, clock: SimClock, *, seed: int = 0, profile: str = "custom") -> None:
        self.clock = clock
        self.born = clock.now()
        self.seed = seed
        self.profile = profile
        self.disks = Disks()
        self.instances: dict[str, Instance] = {}
        self.people: list[Person] = []
        self.media_servers: dict[str, MediaServer] = {}
        self.histories: dict[str, History] = {}
        self.request_desks: dict[str, RequestDesk] = {}
        self.outside_ids = 1_000_000

    @property
    def systems(self) -> dict[str, Installed]:
        """Every installed system by key."""
        return {**self.instances, **self.media_servers, **self.histories, **self.request_desks}

    @property
    def lone_key(self) -> str | None:
        """The only system's key; `None` when several share the port."""
        systems = self.systems
        return next(iter(systems)) if len(systems) == 1 else None

    def key_for(self, key: str) -> str:
        """The API key of the system of that name; it follows from the world's seed."""
        return hashlib.sha256(f"{self.seed}:{key}".encode()).hexdigest()[:32]

    def add_instance(
        self, key: str, kind: IntegrationType, *, roots: Iterable[str], mounts: Iterable[Mount]
    ) -> Instance:
        """Install a system under `/key`; its API key follows from the world's seed."""
        name = key.replace("-", " ").title()
        instance = Instance(
            key=key,
            kind=kind,
            name=name,
            api_key=self.key_for(key),
            roots=[RootFolder(number, path) for number, path in enumerate(roots, start=1)],
            mounts=[*mounts],
            settings=default_settings(kind),
        )
        self.instances[key] = instance
        return instance

    def volume_at(self, instance: Instance, path: str) -> Volume | None:
        """The volume on which this instance finds `path`."""
        return self.disks.volume_at(path, instance.mounts)

    def take_outside_id(self) -> int:
        """A number for TMDb, TVDb or IMDb that no generated title has."""
        self.outside_ids += 1
        return self.outside_ids

    def item_count(self) -> int:
        """Items as the product counts them: movies, shows, numbered seasons, artists and books that have files."""
        return sum(_items(instance) for instance in self.instances.values())


def default_settings(kind: IntegrationType) -> InstanceSettings:
    """A current release of the system."""
    return InstanceSettings(app_name=kind.value.capitalize(), version=_VERSIONS[kind])


def _items(instance: Instance) -> int:
    movies = sum(1 for movie in instance.movies.values() if movie.file)
    shows = [show for show in instance.shows.values() if show.files]
    seasons = sum(1 for show in shows for season in show.seasons if season.number and season.files)
    artists = sum(1 for artist in instance.artists.values() if artist.files)
    books = sum(1 for book in instance.books.values() if book.files)
    return movies + len(shows) + seasons + artists + books
