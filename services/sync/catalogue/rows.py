"""One item of a source as a staged row."""

from typing import Any

from libs.common.domain.paths import normalise_path
from libs.common.domain.titles import title_keys
from libs.integrations.models import SourceItem
from services.sync.catalogue.columns import SOURCE_COLUMNS
from services.sync.catalogue.staging import Row


def row_of(item: SourceItem) -> Row:
    """The item in the order of `SOURCE_COLUMNS`."""
    values: dict[str, Any] = {
        "external_id": item.external_id,
        "media_type": item.media_type.value,
        "title": item.title,
        "show_title": item.show_title,
        "parent_external_id": item.parent_external_id,
        "year": item.year,
        "size_bytes": item.size_bytes,
        "path": normalise_path(item.path),
        "poster_url": item.poster_url,
        "season_number": item.season_number,
        "episode_count": item.episode_count,
        "series_status": item.series_status,
        "quality_profile": item.quality_profile,
        "rating": item.rating,
        "genre": item.genre,
        "monitored": item.monitored,
        "tags": list(item.tags),
        "language": item.language,
        "tmdb_id": item.tmdb_id,
        "tvdb_id": item.tvdb_id,
        "imdb_id": item.imdb_id,
        "mb_id": item.mb_id,
        "foreign_book_id": item.foreign_book_id,
        "title_keys": title_keys([item.show_title or item.title, *item.also_known_as]),
        "source_added_at": item.added_at,
        "file_added_at": item.newest_file_at,
        "oldest_file_at": item.oldest_file_at,
        "file_fingerprint": item.file_fingerprint,
        "source_collection": item.collection_name or None,
        "collection_tmdb_id": item.collection_tmdb_id,
    }
    return tuple(_storable(values[name]) for name in SOURCE_COLUMNS)


def _storable(value: Any) -> Any:
    """Postgres keeps no NUL character; one in a title must not fail the whole source."""
    return value.replace("\x00", "") if isinstance(value, str) and "\x00" in value else value
