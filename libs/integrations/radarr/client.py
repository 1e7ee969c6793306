"""The Radarr client: movies, and their deletion."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from libs.common.domain.enums import MediaType
from libs.common.domain.paths import normalise_path
from libs.common.domain.target import DeletionTarget
from libs.integrations.arr.client import Application, ArrClient
from libs.integrations.arr.facts import UnidentifiedRowError, fingerprint
from libs.integrations.loose import claim, moment, text
from libs.integrations.models import ItemState, MediaReading, SeriesDigest, SourceItem, TitleItems
from libs.integrations.radarr.items import file_ids, item_of, size_bytes
from libs.integrations.radarr.rows import MovieRow


class RadarrClient(ArrClient):
    """One Radarr installation."""

    application = Application("Radarr", "/api/v3", deletes=frozenset({MediaType.MOVIE}))

    def media(self, known: Mapping[int, SeriesDigest] | None = None) -> MediaReading:  # noqa: ARG002  a movie's file comes with its row
        """All movies that have a file."""
        return MediaReading(self._pages)

    async def _pages(self, _reading: MediaReading) -> AsyncGenerator[list[SourceItem], None]:
        names = await self._names()
        # Without local covers the list is a fraction of the size; the public addresses stay.
        batches = self._http.rows(f"{self.application.prefix}/movie", MovieRow, {"excludeLocalCovers": "true"})
        async with aclosing(batches):
            async for batch in batches:
                try:
                    items = [item for movie in batch if (item := item_of(movie, names)) is not None]
                except UnidentifiedRowError as exc:
                    raise self._unreadable(str(exc)) from exc
                if items:
                    yield items

    async def items(self, native_id: int) -> TitleItems:
        """The movie as it is now; nothing when it is gone, or has no file."""
        movie = await self._movie(native_id)
        if movie is None:
            return TitleItems()
        try:
            item = item_of(movie, await self._names())
        except UnidentifiedRowError as exc:
            raise self._unreadable(str(exc)) from exc
        return TitleItems() if item is None else TitleItems((item,))

    async def item_state(self, target: DeletionTarget) -> ItemState | None:
        """The movie as it is now; None when Radarr no longer knows it."""
        movie = await self._movie(self._own(target).native_id)
        if movie is None:
            return None
        return ItemState(
            target=target,
            title=text(movie.title),
            path=normalise_path(text(movie.path)),
            size_bytes=size_bytes(movie),
            monitored=claim(movie.monitored) is True,
            file_ids=file_ids(movie),
            file_fingerprint=fingerprint(file_ids(movie)),
            newest_file_at=None if movie.movie_file is None else moment(movie.movie_file.date_added),
        )

    async def unmonitor(self, target: DeletionTarget) -> None:
        """Take the movie out of Radarr's searches, and read back that it is."""
        await self._stop_searches("movie", self._own(target).native_id, MovieRow)

    async def delete(self, target: DeletionTarget, *, planned: ItemState, add_import_exclusion: bool) -> None:
        """Delete the movie with its folder, once; the files may go after the answer."""
        self._planned(target, planned)
        # Radarr's own name for the flag; a wrong one would be ignored without a word.
        flags = {"deleteFiles": "true", "addImportExclusion": str(add_import_exclusion).lower()}
        await self._change("DELETE", f"/movie/{target.native_id}", flags)

    async def _movie(self, native_id: int) -> MovieRow | None:
        return await self._item("movie", native_id, MovieRow)
