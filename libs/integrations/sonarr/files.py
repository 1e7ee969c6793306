"""Episode files: read per series, checked, and summed up per season."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from libs.common.domain.paths import normalise_path
from libs.integrations.arr import files as arr
from libs.integrations.arr.files import UnexpectedFileError, summed
from libs.integrations.loose import moment, positive, size, text
from libs.integrations.models import SeasonDigest, SeriesDigest
from libs.integrations.sonarr.rows import EpisodeFileRow, SeriesRow


@dataclass(frozen=True, slots=True)
class EpisodeFile:
    """One file of one season; a file with several episodes appears once."""

    id: int
    season: int
    path: str
    added_at: datetime | None


def files_of(series_id: int, rows: Iterable[EpisodeFileRow]) -> list[EpisodeFile]:
    """The files, each checked to belong to the series. Raises `UnexpectedFileError`: then none may be touched."""
    return [_file(series_id, row) for row in rows]


def _file(series_id: int, row: EpisodeFileRow) -> EpisodeFile:
    file_id, season = positive(row.id), size(row.season_number)
    if positive(row.series_id) != series_id:
        raise UnexpectedFileError(f"files of another series were listed for series {series_id}")
    if file_id is None or season is None:
        raise UnexpectedFileError(f"a file of series {series_id} has no id or no season")
    return EpisodeFile(file_id, season, normalise_path(text(row.path)), moment(row.date_added))


def file_count(series: SeriesRow) -> int:
    """How many files the series list speaks of; statistics are missing for a fresh series."""
    return 0 if series.statistics is None else size(series.statistics.episode_file_count) or 0


def size_bytes(series: SeriesRow) -> int:
    """How many bytes the series list speaks of."""
    return 0 if series.statistics is None else size(series.statistics.size_on_disk) or 0


def series_path(series: SeriesRow) -> str:
    """The folder of the show."""
    return normalise_path(text(series.path))


def is_covered(series: SeriesRow, digest: SeriesDigest | None) -> bool:
    """True when a digest still tells everything about the files of the series."""
    return arr.is_covered(
        digest, file_count=file_count(series), size_bytes=size_bytes(series), path=series_path(series)
    )


def digest_of(series: SeriesRow, files: Iterable[EpisodeFile]) -> SeriesDigest:
    """Sum up the files of a series."""
    by_season: dict[int, list[EpisodeFile]] = {}
    for file in files:
        by_season.setdefault(file.season, []).append(file)
    return SeriesDigest(
        file_count=file_count(series),
        size_bytes=size_bytes(series),
        seasons={number: summed(found) for number, found in sorted(by_season.items())},
        path=series_path(series),
    )


def show_digest(digest: SeriesDigest) -> SeasonDigest:
    """All seasons of a digest as one, specials included."""
    seasons: Mapping[int, SeasonDigest] = digest.seasons
    newest = [season.newest_at for season in seasons.values()]
    oldest = [season.oldest_at for season in seasons.values()]
    known_newest = [moment_ for moment_ in newest if moment_ is not None]
    known_oldest = [moment_ for moment_ in oldest if moment_ is not None]
    is_dated = bool(seasons) and len(known_newest) == len(seasons)
    return SeasonDigest(
        file_count=sum(season.file_count for season in seasons.values()),
        fingerprint=";".join(f"{number}:{season.fingerprint}" for number, season in sorted(seasons.items())),
        newest_at=max(known_newest) if is_dated else None,
        oldest_at=min(known_oldest) if is_dated else None,
    )
