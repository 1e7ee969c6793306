"""The catalogue as columns: one statement, read by the database's own column protocol, never as objects."""

from threading import Lock
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.engine import make_url

from libs.common.db.show_level import ShowLevel
from libs.common.db.whole_collections import MEMBERSHIPS
from services.engine.selection.collections import SOURCE_END

if TYPE_CHECKING:
    import polars as pl
    from adbc_driver_manager.dbapi import Connection

log = structlog.get_logger(__name__)

_CATALOGUE = f"""
with together as (
    select id, array_agg(distinct source || '{SOURCE_END}' || name) as collections from ({MEMBERSHIPS}) as m group by id
)
select i.id, i.integration_id, i.external_id, i.media_type, i.title, i.show_title, i.parent_external_id, i.year,
       i.size_bytes, i.path, i.disk_group_id, i.poster_url, i.season_number, i.episode_count, i.series_status,
       i.quality_profile, i.rating, i.genre, i.monitored, i.tags, i.language, i.tmdb_id, i.added_at, i.file_added_at,
       i.file_fingerprint, i.collections, i.labels, i.play_count, i.last_played, i.watched_by_users, i.watch_matched,
       i.watch_evidence_at, i.requested, i.requested_by, i.request_count, i.request_evidence_at,
       i.watched_by_requestor, i.on_watchlist, i.seen_at,
       cardinality(i.collections) > 0 as in_collection, cardinality(i.labels) > 0 as has_label,
       coalesce(t.collections, '{{}}') as deletion_collections, g.name as integration_name, g.add_import_exclusion
  from media_items i
  join integrations g on g.id = i.integration_id
  left join together t on t.id = i.id
 where g.enabled and g.removed_at is null and not (i.media_type = 'season' and {ShowLevel("g").is_on_sql()})
"""  # noqa: S608  every part is a constant
"""`deletion_collections`: those that are deleted as a whole, each with the integration that told of it in front."""

_IS_REPLICA = "select pg_is_in_recovery()"

_PATIENCE = {
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""A server that is gone without a word is noticed within half a minute."""


class OpenCatalogue:
    """Reads over a connection that stays open: opening one takes as long as reading ten thousand items.

    One reading at a time; all of it blocks, so call it from a thread.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._connection: Connection | None = None
        self._turn = Lock()

    def load(self) -> "pl.DataFrame":
        """Every item of every enabled integration. Raises what the driver raises, and begins anew the next time."""
        with self._turn:
            if self._connection is not None and not _is_usable(self._connection):
                self._close()
            if self._connection is None:
                self._connection = _connect(self._database_url)
            try:
                return _load(self._connection)
            except BaseException:
                self._close()
                raise

    def close(self) -> None:
        """Until it is needed again. Safe to repeat."""
        with self._turn:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def load_catalogue(database_url: str) -> "pl.DataFrame":
    """The same once, over a connection of its own."""
    with _connect(database_url) as connection:
        return _load(connection)


def _connect(database_url: str) -> "Connection":
    """Without transactions, so that nothing stays open between two readings."""
    from adbc_driver_postgresql import dbapi

    connection: Connection = dbapi.connect(libpq_url(database_url), autocommit=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute("set time zone 'UTC'")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_usable(connection: "Connection") -> bool:
    """Not when Postgres was restarted, or has become a replica, which would tell of a former catalogue."""
    import polars as pl
    from adbc_driver_manager import dbapi

    try:
        with connection.cursor() as cursor:
            cursor.execute(_IS_REPLICA)
            return not pl.DataFrame(cursor.fetch_arrow()).item()
    except dbapi.Error as exc:
        log.debug("connection lost, opening another", reason=type(exc).__name__)
        return False


def _load(connection: "Connection") -> "pl.DataFrame":
    import polars as pl

    with connection.cursor() as cursor:
        cursor.execute(_CATALOGUE)
        return pl.DataFrame(cursor.fetch_arrow())


def libpq_url(database_url: str) -> str:
    """SQLAlchemy's address in the form that libpq reads."""
    url = make_url(database_url).set(drivername="postgresql")
    return url.update_query_dict(_PATIENCE).render_as_string(hide_password=False)
