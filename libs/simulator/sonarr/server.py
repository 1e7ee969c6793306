"""One Sonarr as its handlers see it: the instance, its encoded series, and how titles and files are found."""

from functools import partial
from typing import ClassVar

from libs.simulator.arr.rows import RowCache
from libs.simulator.arr.server import V3, ArrServer
from libs.simulator.calls import not_found
from libs.simulator.library import EpisodeFile, Season, Show
from libs.simulator.sonarr.rows import series_row
from libs.simulator.world import Instance, World

FileAt = tuple[Show, Season, EpisodeFile]


class SonarrServer(ArrServer):
    """A Sonarr instance."""

    prefix: ClassVar[str] = V3
    reads_of_library: ClassVar[tuple[str, ...]] = (f"{V3}/series", f"{V3}/episodefile")

    def __init__(self, world: World, instance: Instance) -> None:
        super().__init__(world, instance)
        self.cache: RowCache[Show] = RowCache(instance, partial(series_row, instance))

    def show(self, number: int) -> Show:
        """The series of that id; refuses with 404."""
        show = self.instance.shows.get(number)
        if show is None:
            raise not_found()
        return show

    def files(self, wanted: list[int]) -> list[FileAt]:
        """The files of these ids, in library order; ids that do not exist are left out."""
        ids = set(wanted)
        return [
            (show, season, file)
            for show in self.instance.shows.values()
            for season in show.seasons
            for file in season.files
            if file.id in ids
        ]
