"""One Radarr as its handlers see it: the instance, its encoded movies, and how titles and files are found."""

from functools import partial
from typing import ClassVar

from libs.simulator.arr.rows import RowCache
from libs.simulator.arr.server import V3, ArrServer
from libs.simulator.calls import not_found
from libs.simulator.library import Movie
from libs.simulator.radarr.rows import movie_row
from libs.simulator.world import Instance, World


class RadarrServer(ArrServer):
    """A Radarr instance. Rows with and without local covers are kept apart."""

    prefix: ClassVar[str] = V3
    reads_of_library: ClassVar[tuple[str, ...]] = (f"{V3}/movie", f"{V3}/moviefile")

    def __init__(self, world: World, instance: Instance) -> None:
        super().__init__(world, instance)
        self.full: RowCache[Movie] = RowCache(instance, partial(movie_row, instance, local_covers=True))
        self.lean: RowCache[Movie] = RowCache(instance, partial(movie_row, instance, local_covers=False))

    def movie(self, number: int) -> Movie:
        """The movie of that id; refuses with 404."""
        movie = self.instance.movies.get(number)
        if movie is None:
            raise not_found()
        return movie

    def with_files(self, wanted: list[int]) -> list[Movie]:
        """The movies that hold these file ids; ids that do not exist are left out."""
        ids = set(wanted)
        return [movie for movie in self.instance.movies.values() if movie.file and movie.file.id in ids]
