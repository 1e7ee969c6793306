"""From Sonarr's series to our items: one show, and one season for each that has files. Specials are never emitted."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from libs.common.domain.enums import MediaType
from libs.common.domain.paths import is_within
from libs.integrations.arr.facts import Names, UnidentifiedRowError, rating_of
from libs.integrations.arr.screen import screen_facts
from libs.integrations.loose import claim, number, positive, several, size, text
from libs.integrations.models import SeasonDigest, SeriesDigest, SourceItem
from libs.integrations.sonarr.files import file_count, series_path, show_digest, size_bytes
from libs.integrations.sonarr.rows import SeasonRow, SeriesRow

_NO_FILES = SeasonDigest(file_count=0, fingerprint="")


def series_id(series: SeriesRow) -> int:
    """The native id. Raises `UnidentifiedRowError`."""
    found = positive(series.id)
    if found is None:
        raise UnidentifiedRowError("a series has no id")
    return found


def season_number(season: SeasonRow) -> int:
    """The number; 0 are the specials. Raises `UnidentifiedRowError`."""
    found = size(season.season_number)
    if found is None:
        raise UnidentifiedRowError("a season has no number")
    return found


def season_row(series: SeriesRow, wanted: int) -> SeasonRow | None:
    """The season with that number; None when the series has none."""
    return next((season for season in several(series.seasons) if season_number(season) == wanted), None)


def season_size_bytes(season: SeasonRow) -> int:
    """Bytes on disk; statistics are missing for a fresh series."""
    return 0 if season.statistics is None else size(season.statistics.size_on_disk) or 0


def season_file_count(season: SeasonRow) -> int:
    """Files on disk, as the series list counts them."""
    return 0 if season.statistics is None else size(season.statistics.episode_file_count) or 0


def season_title(series: SeriesRow, wanted: int) -> str:
    """How a season is called."""
    return f"{text(series.title)} - Season {wanted}"


def is_season_monitored(series: SeriesRow, season: SeasonRow) -> bool:
    """A season of a show that is not monitored is not monitored either."""
    return claim(series.monitored) is True and claim(season.monitored) is True


def season_path(series: SeriesRow, digest: SeasonDigest) -> str:
    """The folder its files share, when that lies within the show's; else the show's."""
    show_path = series_path(series)
    return digest.path if is_within(digest.path, show_path) else show_path


def items_of(series: SeriesRow, digest: SeriesDigest, names: Names) -> Iterator[SourceItem]:
    """The show and its seasons. A show without bytes gives nothing."""
    if size_bytes(series) == 0:
        return
    common = _common(series, names)
    yield _show(series, digest, common)
    for season in several(series.seasons):
        if season_number(season) > 0 and season_size_bytes(season) > 0:
            yield _season(series, season, digest, common)


def _show(series: SeriesRow, digest: SeriesDigest, common: dict[str, Any]) -> SourceItem:
    return SourceItem(
        external_id=str(series_id(series)),
        media_type=MediaType.SHOW,
        title=text(series.title),
        size_bytes=size_bytes(series),
        path=series_path(series),
        monitored=claim(series.monitored) is True,
        episode_count=file_count(series),
        **common,
        **_file_facts(show_digest(digest), common["library_added_at"]),
    )


def _season(series: SeriesRow, season: SeasonRow, digest: SeriesDigest, common: dict[str, Any]) -> SourceItem:
    show_id, wanted = series_id(series), season_number(season)
    files = digest.seasons.get(wanted, _NO_FILES)
    return SourceItem(
        external_id=f"{show_id}-s{wanted}",
        media_type=MediaType.SEASON,
        title=season_title(series, wanted),
        size_bytes=season_size_bytes(season),
        path=season_path(series, files),
        monitored=is_season_monitored(series, season),
        show_title=text(series.title),
        parent_external_id=str(show_id),
        season_number=wanted,
        episode_count=season_file_count(season),
        **common,
        **_file_facts(files, common["library_added_at"]),
    )


def _common(series: SeriesRow, names: Names) -> dict[str, Any]:
    """What a show and its seasons share."""
    return screen_facts(series, names) | {
        "series_status": text(series.status).lower() or None,
        "rating": None if series.ratings is None else rating_of(number(series.ratings.value)),
        "tvdb_id": positive(series.tvdb_id),
    }


def _file_facts(files: SeasonDigest, library_added_at: datetime | None) -> dict[str, Any]:
    """A season that has bytes and none of the listed files may hold a new one: its age is not known (S-19)."""
    return {
        "added_at": files.newest_at or (library_added_at if files.file_count else None),
        "newest_file_at": files.newest_at,
        "oldest_file_at": files.oldest_at,
        "file_fingerprint": files.fingerprint,
    }
