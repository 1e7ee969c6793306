"""One Lidarr as its handlers see it: the instance, its encoded artists, and how albums and files are found."""

from collections.abc import Collection, Iterator
from functools import partial
from typing import ClassVar

from libs.simulator.arr.rows import RowCache
from libs.simulator.arr.server import V1, ArrServer
from libs.simulator.calls import not_found
from libs.simulator.library import Album, Artist, StoredFile
from libs.simulator.lidarr.rows import artist_row
from libs.simulator.world import Instance, World

AlbumAt = tuple[Artist, Album]
FileAt = tuple[Artist, Album, StoredFile]


class LidarrServer(ArrServer):
    """A Lidarr instance."""

    prefix: ClassVar[str] = V1
    reads_of_library: ClassVar[tuple[str, ...]] = (f"{V1}/artist", f"{V1}/album", f"{V1}/trackfile")

    def __init__(self, world: World, instance: Instance) -> None:
        super().__init__(world, instance)
        self.cache: RowCache[Artist] = RowCache(instance, partial(artist_row, instance))

    def artist(self, number: int) -> Artist:
        """The artist of that id; refuses with 404."""
        artist = self.instance.artists.get(number)
        if artist is None:
            raise not_found()
        return artist

    def every_album(self) -> Iterator[AlbumAt]:
        """All albums with their artists."""
        return ((artist, album) for artist in self.instance.artists.values() for album in artist.albums)

    def albums(self, wanted: Collection[int]) -> list[AlbumAt]:
        """The albums of these ids; refuses with 404 when one of them does not exist."""
        ids = set(wanted)
        found = [(artist, album) for artist, album in self.every_album() if album.id in ids]
        if len(found) < len(ids):
            raise not_found()
        return found

    def files(self, wanted: Collection[int]) -> list[FileAt]:
        """The files of these ids; ids that do not exist are left out."""
        ids = set(wanted)
        return [(artist, album, file) for artist, album in self.every_album() for file in album.files if file.id in ids]
