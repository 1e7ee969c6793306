"""The catalogue as columns: one statement, read by the database's own column protocol, never as objects."""

from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    import polars as pl

_CATALOGUE = """
select i.id, i.integration_id, i.external_id, i.media_type, i.title, i.show_title, i.parent_external_id, i.year,
       i.size_bytes, i.path, i.disk_group_id, i.poster_url, i.season_number, i.episode_count, i.series_status,
       i.quality_profile, i.rating, i.genre, i.monitored, i.tags, i.language, i.tmdb_id, i.added_at, i.file_added_at,
       i.file_fingerprint, i.collections, i.labels, i.play_count, i.last_played, i.watched_by_users, i.watch_matched,
       i.watch_evidence_at, i.requested, i.requested_by, i.request_count, i.request_evidence_at,
       i.watched_by_requestor, i.on_watchlist,
       cardinality(i.collections) > 0 as in_collection, cardinality(i.labels) > 0 as has_label,
       g.name as integration_name, g.add_import_exclusion
  from media_items i
  join integrations g on g.id = i.integration_id
 where g.enabled and g.removed_at is null
"""


def load_catalogue(database_url: str) -> "pl.DataFrame":
    """Every item of every enabled integration. Blocks: call it from a thread. Raises what the driver raises."""
    import polars as pl
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(libpq_url(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("set time zone 'UTC'")
        cursor.execute(_CATALOGUE)
        return pl.DataFrame(cursor.fetch_arrow())


def libpq_url(database_url: str) -> str:
    """SQLAlchemy's address in the form that libpq reads."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
