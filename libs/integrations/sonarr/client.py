"""The Sonarr client: shows and seasons, and their deletion."""

from collections.abc import AsyncGenerator, Mapping

from libs.common.domain.enums import MediaType
from libs.common.domain.target import DeletionTarget
from libs.integrations.arr.client import Application, ArrClient
from libs.integrations.arr.facts import Names, UnidentifiedRowError
from libs.integrations.arr.files import UnexpectedFileError
from libs.integrations.errors import (
    PlanOutdatedError,
    UpstreamGoneError,
    UpstreamIncompleteError,
)
from libs.integrations.loose import claim, text
from libs.integrations.models import ItemState, MediaReading, SeriesDigest, SourceItem, TitleItems
from libs.integrations.parallel import all_of
from libs.integrations.sonarr.files import EpisodeFile, digest_of, files_of, is_covered, size_bytes
from libs.integrations.sonarr.items import items_of, season_file_count, season_row, series_id
from libs.integrations.sonarr.rows import EpisodeFileRow, SeriesRow
from libs.integrations.sonarr.states import season_state, show_state

PAGE_SERIES = 100
"""Series whose files are asked for before their items are handed out."""


class SonarrClient(ArrClient):
    """One Sonarr installation."""

    application = Application("Sonarr", "/api/v3", deletes=frozenset({MediaType.SHOW, MediaType.SEASON}))

    def media(self, known: Mapping[int, SeriesDigest] | None = None) -> MediaReading:
        """All shows and seasons that have files. Files are asked for only where `known` no longer fits."""
        digests = known or {}
        return MediaReading(lambda reading: self._pages(reading, digests))

    async def _pages(
        self, reading: MediaReading, known: Mapping[int, SeriesDigest]
    ) -> AsyncGenerator[list[SourceItem], None]:
        names = await self._names()
        series = await self._all("/series", SeriesRow)
        for start in range(0, len(series), PAGE_SERIES):
            page = series[start : start + PAGE_SERIES]
            try:
                digests = await all_of(self._digest(row, known) for row in page)
                items = _items(page, digests, names)
            except UnidentifiedRowError as exc:
                raise self._unreadable(str(exc)) from exc
            reading.digests.update(zip((series_id(row) for row in page), digests, strict=True))
            if items:
                yield items

    async def _digest(self, series: SeriesRow, known: Mapping[int, SeriesDigest]) -> SeriesDigest:
        former = known.get(series_id(series))
        if is_covered(series, former):
            return former or digest_of(series, ())
        return self._fresh(series, await self._in_mid_read(self._files(series_id(series)), "A series"))

    def _fresh(self, series: SeriesRow, files: list[EpisodeFile]) -> SeriesDigest:
        """Without files the age of a show would be the library's date, although there are bytes (S-19)."""
        if not files and size_bytes(series) > 0:
            message = f"{self._config.name} contradicts itself about the files of {text(series.title)}."
            raise UpstreamIncompleteError(message)
        return digest_of(series, files)

    async def items(self, native_id: int) -> TitleItems:
        """The show and its seasons as they are now; nothing when the show is gone, or has no files."""
        series = await self._series(native_id)
        if series is None:
            return TitleItems()
        names = await self._names()
        try:
            digest = await self._digest(series, {})
            return TitleItems(tuple(items_of(series, digest, names)), {native_id: digest})
        except UnidentifiedRowError as exc:
            raise self._unreadable(str(exc)) from exc

    async def item_state(self, target: DeletionTarget) -> ItemState | None:
        """The show or season as it is now; None when the show is gone, or the season has no files any more."""
        series = await self._series(self._own(target).native_id)
        if series is None:
            return None
        files = await self._files(target.native_id)
        try:
            if target.season is not None:
                files = self._season_files(series, target.season, files)
                if not files:
                    return None
            if target.season is None:
                return show_state(target, series, files)
            return season_state(target, series, files)
        except UnidentifiedRowError as exc:
            raise self._unreadable(str(exc)) from exc

    async def unmonitor(self, target: DeletionTarget) -> None:
        """Take the season or show out of Sonarr's searches, and read back that it is."""
        native_id, season = self._own(target).native_id, target.season
        if season is None:
            await self._stop_searches("series", native_id, SeriesRow)
            return
        # Without monitoring options: those would rewrite what is monitored in the whole series.
        seasons = [{"seasonNumber": season, "monitored": False}]
        await self._change("POST", "/seasonpass", body={"series": [{"id": native_id, "seasons": seasons}]})
        series = await self._series(native_id)
        if series is not None and not self._is_unmonitored(series, season):
            raise self._unreadable(f"it accepted the change, and {text(series.title)} is still monitored")

    async def delete(self, target: DeletionTarget, *, planned: ItemState, add_import_exclusion: bool) -> None:
        """Delete a show with its files, or exactly the planned files of one season. An exclusion is for shows only."""
        self._planned(target, planned)
        if target.season is None:
            flags = {"deleteFiles": "true", "addImportListExclusion": str(add_import_exclusion).lower()}
            await self._change("DELETE", f"/series/{target.native_id}", flags)
            return
        now = await self.item_state(target)
        if now is None or not now.file_ids:
            raise UpstreamGoneError(f"{planned.title} has no files in {self._config.name} any more.")
        if not set(now.file_ids) <= set(planned.file_ids):
            raise PlanOutdatedError(f"{planned.title} has other files than the ones its deletion was planned on.")
        await self._change("DELETE", "/episodefile/bulk", body={"episodeFileIds": list(now.file_ids)})

    async def _series(self, native_id: int) -> SeriesRow | None:
        return await self._item("series", native_id, SeriesRow)

    async def _files(self, native_id: int) -> list[EpisodeFile]:
        """All files of the series: Sonarr ignores a season number here, so every season is always listed."""
        rows = await self._read("/episodefile", list[EpisodeFileRow], {"seriesId": str(native_id)})
        try:
            return files_of(native_id, rows)
        except UnexpectedFileError as exc:
            raise self._unreadable(str(exc)) from exc

    def _season_files(self, series: SeriesRow, season: int, files: list[EpisodeFile]) -> list[EpisodeFile]:
        """The files of one season. Raises `UpstreamIncompleteError` when list and statistics contradict each other."""
        found = [file for file in files if file.season == season]
        row = season_row(series, season)
        counted = 0 if row is None else season_file_count(row)
        if (not found and counted > 0) or (found and row is None):
            message = f"{self._config.name} contradicts itself about the files of season {season}."
            raise UpstreamIncompleteError(message)
        return found

    def _is_unmonitored(self, series: SeriesRow, season: int | None) -> bool:
        if season is None:
            return claim(series.monitored) is False
        try:
            row = season_row(series, season)
        except UnidentifiedRowError as exc:
            raise self._unreadable(str(exc)) from exc
        return row is None or claim(row.monitored) is False


def _items(page: list[SeriesRow], digests: list[SeriesDigest], names: Names) -> list[SourceItem]:
    return [item for row, digest in zip(page, digests, strict=True) for item in items_of(row, digest, names)]
