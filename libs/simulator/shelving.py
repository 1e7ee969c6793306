"""Puts what the *arr hold onto a media server's shelves, with native numbers for titles, seasons and episodes."""

from collections.abc import Iterator

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import MediaServer, Section, ServerSeason, ServerTitle
from libs.simulator.library import Movie, Show
from libs.simulator.world import Instance


class Shelves:
    """Fills one media server; native numbers are given in order. A title may come as often as there are copies."""

    def __init__(self, server: MediaServer, *, first: int = 501) -> None:
        self._server = server
        self._next = first

    def section(self, kind: TitleKind, name: str) -> Section:
        """A new library of the server."""
        section = Section(number=len(self._server.sections) + 1, kind=kind, name=name)
        self._server.sections[section.number] = section
        return section

    def take_in(self, instance: Instance, section: Section) -> Iterator[ServerTitle]:
        """Everything of an instance that has files; answers the titles in order."""
        for movie in instance.movies.values():
            if movie.file is not None:
                yield self.add_movie(movie, section)
        for show in instance.shows.values():
            if show.files:
                yield self.add_show(show, section)

    def add_movie(self, movie: Movie, section: Section, *, native: int | None = None) -> ServerTitle:
        """One copy of a movie; numbers go on from `native` where it is given."""
        title = ServerTitle(
            native=self._take(native),
            kind=TitleKind.MOVIE,
            title=movie.title,
            year=movie.year,
            tmdb_id=movie.tmdb_id,
            imdb_id=movie.imdb_id,
            path=movie.path,
            size_bytes=movie.size_bytes,
            section=section.number,
            added_at=movie.file.added_at if movie.file else movie.added_at,
            runtime_s=movie.runtime * 60,
            genres=movie.genres,
        )
        self._server.titles[title.native] = title
        return title

    def add_show(self, show: Show, section: Section, *, native: int | None = None) -> ServerTitle:
        """One copy of a show: the seasons that have files, with an episode per file. `native` as for movies."""
        title = ServerTitle(
            native=self._take(native),
            kind=TitleKind.TV,
            title=show.title,
            year=show.year,
            tmdb_id=show.tmdb_id,
            tvdb_id=show.tvdb_id,
            imdb_id=show.imdb_id,
            path=show.path,
            size_bytes=show.size_bytes,
            section=section.number,
            added_at=min(file.added_at for file in show.files),
            runtime_s=show.runtime * 60,
            genres=show.genres,
        )
        for season in show.seasons:
            if season.files:
                title.seasons.append(self._season(season.number, len(season.files)))
        self._server.titles[title.native] = title
        return title

    def _take(self, wanted: int | None = None, *, run: int = 1) -> int:
        """The first of `run` numbers in a row."""
        first = self._next if wanted is None else wanted
        self._next = first + run
        return first

    def _season(self, number: int, episodes: int) -> ServerSeason:
        return ServerSeason(number=number, native=self._take(), first=self._take(run=episodes), episodes=episodes)
