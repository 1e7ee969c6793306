"""How a show or a season stands right now, in the same words as in the catalogue."""

from collections.abc import Sequence

from libs.common.domain.target import DeletionTarget
from libs.integrations.loose import claim, text
from libs.integrations.models import ItemState, SeasonDigest
from libs.integrations.sonarr.files import EpisodeFile, digest_of, series_path, show_digest, size_bytes
from libs.integrations.sonarr.items import (
    is_season_monitored,
    season_path,
    season_row,
    season_size_bytes,
    season_title,
)
from libs.integrations.sonarr.rows import SeriesRow


def show_state(target: DeletionTarget, series: SeriesRow, files: Sequence[EpisodeFile]) -> ItemState:
    """The show with all its files, specials included."""
    digest = show_digest(digest_of(series, files))
    return ItemState(
        target=target,
        title=text(series.title),
        path=series_path(series),
        size_bytes=size_bytes(series),
        monitored=claim(series.monitored) is True,
        file_ids=tuple(sorted(file.id for file in files)),
        file_fingerprint=digest.fingerprint,
        newest_file_at=digest.newest_at,
    )


def season_state(target: DeletionTarget, series: SeriesRow, files: Sequence[EpisodeFile]) -> ItemState:
    """The season; `files` are its own only, and at least one."""
    season = target.season or 0
    row = season_row(series, season)
    digest = digest_of(series, files).seasons.get(season, SeasonDigest(0, ""))
    return ItemState(
        target=target,
        title=season_title(series, season),
        path=season_path(series, digest),
        size_bytes=0 if row is None else season_size_bytes(row),
        monitored=row is not None and is_season_monitored(series, row),
        file_ids=tuple(sorted(file.id for file in files)),
        file_fingerprint=digest.fingerprint,
        newest_file_at=digest.newest_at,
    )
