"""`capacitarr migrate`: the schema, for deployments that bring their own Postgres."""

import asyncio
import os
import sys

from libs.cli.app import EXIT_FAILED, EXIT_USAGE


def run_migrate() -> int:
    """Migrate the database of the environment; the exit code."""
    from libs.common.db.migrate import SchemaError, migrate

    url = os.environ.get("DATABASE_URL")
    if not url:
        print("capacitarr: DATABASE_URL is not set", file=sys.stderr)
        return EXIT_USAGE
    try:
        changed = asyncio.run(migrate(url))
    except (SchemaError, OSError) as exc:
        print(f"capacitarr: the database could not be prepared: {exc}", file=sys.stderr)
        return EXIT_FAILED
    print("database brought up to date" if changed else "database is up to date")
    return 0
