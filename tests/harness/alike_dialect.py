"""A dialect whose instances count as one, so that the engines of a worker share what they have compiled."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.util import LRUCache

_COMPILED: LRUCache[Any, Any] = LRUCache(2_000)


class AlikeDialect(PGDialect_asyncpg):
    """Postgres over asyncpg. All databases of a worker lie on servers of one version."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AlikeDialect)

    def __hash__(self) -> int:
        return hash(AlikeDialect)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_COMPILED)


def share_compiled_statements() -> None:
    """Compile a statement once per worker, as a service does it once in its life, and not once per test.

    A test has a database of its own, with it an engine, and with it a cache that is empty: filling it was a third of
    the time of tests with a database.
    """
    registry.register("postgresql.asyncpg", __name__, AlikeDialect.__name__)
