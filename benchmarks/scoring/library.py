"""What scoring is measured on: a real Postgres with a catalogue of any size, made by the database itself."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import delete, insert, text

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.db.migrate import migrate
from libs.common.domain.enums import RuleEffect
from libs.local.postgres import EmbeddedPostgres

_SOURCES = text(
    """
    insert into integrations (type, name, url, api_key, created_at, updated_at)
    select kind, kind, 'http://127.0.0.1:9', 'sealed', now(), now()
      from (values ('radarr'), ('sonarr'), ('plex'), ('seerr')) s (kind)
    """
)
_TOLD = text(
    """
    insert into source_readings (integration_id, capability, complete_at, full_at)
    select g.id, c.capability, now(), now()
      from integrations g
      join (values ('plex', 'plays'), ('plex', 'labels'), ('plex', 'collections'), ('plex', 'wishes'),
                   ('seerr', 'requests')) c (kind, capability) on c.kind = g.type
    """
)
_GROUPS = text(
    """
    insert into disk_groups (mount_path, total_bytes, used_bytes, threshold_pct, target_pct, mode, read_at, created_at,
                             updated_at)
    select '/data' || n, 1, 1, 85, 75, 'auto', now(), now(), now() from generate_series(1, 2) n
    """
)
_ITEMS = text(
    """
    insert into media_items (
        integration_id, external_id, media_type, title, show_title, parent_external_id, season_number, year, size_bytes,
        path, disk_group_id, poster_url, quality_profile, series_status, rating, genre, monitored, tags, language,
        tmdb_id, added_at, file_added_at, file_fingerprint, play_count, last_played, watched_by_users, watch_matched,
        watch_evidence_at, requested, requested_by, request_count, request_evidence_at, watched_by_requestor,
        on_watchlist, collections, labels, snapshot_id, seen_at, first_seen_at)
    select case when n % 5 < 3 then 1 else 2 end,
           case when n % 5 = 4 then (n - 1) || '-s1' else n::text end,
           (array['movie', 'movie', 'movie', 'show', 'season'])[1 + n % 5],
           (array['The Long ', 'A Quiet ', 'The Last ', 'Red '])[1 + n % 4] ||
               (array['Voyage ', 'Winter ', 'House '])[1 + n / 5 % 3] || n,
           case when n % 5 = 4 then 'The Long House ' || (n - 1) end,
           case when n % 5 = 4 then (n - 1)::text end,
           case when n % 5 = 4 then 1 end,
           1950 + n % 75, (random() * 60 * 1073741824)::int8, '/data/media/Title ' || n, 1 + n % 2,
           'https://image.tmdb.org/t/p/original/' || n || '.jpg', (array['HD-1080p', 'Ultra-HD', 'Any'])[1 + n % 3],
           case when n % 5 > 2 then (array['ended', 'continuing'])[1 + n % 2] end, random() * 10,
           (array['Drama', 'Comedy, Drama', 'Horror', 'Action, Sci-Fi'])[1 + n % 4], n % 3 > 0,
           (array['{}', '{keep}', '{4k,Kids}', '{archive}']::text[])[1 + n % 4]::text[],
           (array['English', 'Japanese'])[1 + n % 2], n, now() - interval '1 hour' * (random() * 40000),
           now() - interval '1 hour' * (200 + random() * 40000), 'f' || n, n % 4,
           case when n % 4 > 0 then now() - interval '1 hour' * (random() * 20000) end,
           (array['{}', '{ann}', '{ann,bob}']::text[])[1 + n % 3]::text[], true, now(), n % 6 = 0,
           case when n % 6 = 0 then 'ann' end, (n % 6 = 0)::int, now(), n % 12 = 0, n % 20 = 0,
           (array['{}', '{}', '{Alien}', '{Favourites,Classics}']::text[])[1 + n % 4]::text[],
           (array['{}', '{}', '{keep}']::text[])[1 + n % 3]::text[], 1, now(), now()
      from generate_series(cast(:first as int), cast(:last as int)) n
    """
)

_PIECE = 50_000
"""Items made by one statement, which must end within the time that the product gives its statements."""

CONDITIONS = (
    ("title", "contains", "voyage 1"),
    ("title", "regex", "^the .*7$"),
    ("quality", "equals", "Any"),
    ("tag", "contains", "keep"),
    ("genre", "not_contains", "horror"),
    ("rating", "lt", "50"),
    ("sizeBytes", "gt", "42949672960"),
    ("timeinlibrary", "over_ago", "900"),
    ("collection", "equals", "favourites"),
    ("lastplayed", "never", ""),
    ("monitored", "equals", "false"),
    ("year", "lt", "1990"),
    ("language", "equals", "japanese"),
    ("playcount", "gte", "3"),
    ("label", "not_equals", "keep"),
    ("requestedby", "equals", "ann"),
)
_EFFECTS = (RuleEffect.PREFER_KEEP, RuleEffect.LEAN_REMOVE, RuleEffect.LEAN_KEEP, RuleEffect.PREFER_REMOVE)
_PROTECTS_EVERY = 25


@contextmanager
def library_of(items: int) -> Iterator[str]:
    """The address of a database with so many items; it is gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        url = server.start()
        try:
            asyncio.run(_fill(url, items))
            yield url
        finally:
            server.stop()


async def _fill(url: str, items: int) -> None:
    await migrate(url)
    db = Database(url)
    try:
        async with db.begin() as tx:
            for statement in (_SOURCES, _TOLD, _GROUPS):
                await tx.execute(statement)
        for first in range(1, items + 1, _PIECE):
            async with db.begin() as tx:
                await tx.execute(_ITEMS, {"first": first, "last": min(items, first + _PIECE - 1)})
        async with db.begin() as tx:
            await tx.execute(text("analyze media_items"))
    finally:
        await db.dispose()


def set_rules(url: str, count: int) -> None:
    """Have exactly so many rules: conditions of every kind, every 25th protects."""
    asyncio.run(_set_rules(url, [_rule(number) for number in range(count)]))


def _rule(number: int) -> dict[str, object]:
    field, operator, value = CONDITIONS[number % len(CONDITIONS)]
    is_protecting = number % _PROTECTS_EVERY == _PROTECTS_EVERY - 1
    return {
        "integration_id": 1 + number % 2,
        "field": field,
        "operator": operator,
        "value": value,
        "effect": RuleEffect.ALWAYS_KEEP if is_protecting else _EFFECTS[number % len(_EFFECTS)],
        "sort_order": number,
    }


async def _set_rules(url: str, rules: Sequence[dict[str, object]]) -> None:
    db, now = Database(url), real_now()
    try:
        async with db.begin() as tx:
            await tx.execute(delete(m.CustomRule))
            if rules:
                await tx.execute(
                    insert(m.CustomRule), [{**rule, "created_at": now, "updated_at": now} for rule in rules]
                )
    finally:
        await db.dispose()
