"""The database: connections, tables, migrations."""

from libs.common.db.database import Database

__all__ = ["Database"]
