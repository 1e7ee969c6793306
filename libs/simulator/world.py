"""One truth shared by all simulated servers: the instances, what they hold, and the disks below them."""

import hashlib
from collections.abc import Iterable

import msgspec

from libs.common.domain.enums import IntegrationType
from libs.simulator.clock import SimClock
from libs.simulator.disks import Disks, Mount, Volume
from libs.simulator.library import Movie, Show

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


class RootFolder(msgspec.Struct):
    id: int
    path: str
    accessible: bool = True


class Exclusion(msgspec.Struct):
    """An entry of the import-list exclusions; `outside_id` is a TVDb id in Sonarr and a TMDb id in Radarr."""

    id: int
    outside_id: int
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


class Instance(msgspec.Struct, kw_only=True):
    """One installed Sonarr or Radarr, living under its URL base."""

    key: str
    kind: IntegrationType
    name: str
    api_key: str
    roots: list[RootFolder]
    mounts: list[Mount]
    settings: InstanceSettings
    tags: dict[int, str] = {}
    movies: dict[int, Movie] = {}
    shows: dict[int, Show] = {}
    exclusions: dict[int, Exclusion] = {}
    collections: dict[int, Collection] = {}
    next_id: int = 1
    next_file_id: int = 1
    revision: int = 0

    @property
    def url_base(self) -> str:
        """The path prefix of every address of this instance."""
        return f"/{self.key}"

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

    def take_file_id(self) -> int:
        """A new file id."""
        self.next_file_id += 1
        return self.next_file_id - 1


class World:
    """Everything that exists. `lone_key` names the one instance that redirects addresses without its URL base."""

    def __init__(self, clock: SimClock, *, seed: int = 0, profile: str = "custom") -> None:
        self.clock = clock
        self.born = clock.now()
        self.seed = seed
        self.profile = profile
        self.disks = Disks()
        self.instances: dict[str, Instance] = {}
        self.outside_ids = 1_000_000

    @property
    def lone_key(self) -> str | None:
        """The only instance's key; `None` when several share the port."""
        return next(iter(self.instances)) if len(self.instances) == 1 else None

    def add_instance(
        self, key: str, kind: IntegrationType, *, roots: Iterable[str], mounts: Iterable[Mount]
    ) -> Instance:
        """Install a system under `/key`; its API key follows from the world's seed."""
        name = key.replace("-", " ").title()
        instance = Instance(
            key=key,
            kind=kind,
            name=name,
            api_key=hashlib.sha256(f"{self.seed}:{key}".encode()).hexdigest()[:32],
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
        """Items as the product counts them: movies, shows and numbered seasons that have files."""
        return sum(_items(instance) for instance in self.instances.values())


def default_settings(kind: IntegrationType) -> InstanceSettings:
    """A current release of the system."""
    version = "4.0.15.2941" if kind is IntegrationType.SONARR else "5.26.2.10099"
    return InstanceSettings(app_name=kind.value.capitalize(), version=version)


def _items(instance: Instance) -> int:
    movies = sum(1 for movie in instance.movies.values() if movie.file)
    shows = [show for show in instance.shows.values() if show.files]
    seasons = sum(1 for show in shows for season in show.seasons if season.number and season.files)
    return movies + len(shows) + seasons
