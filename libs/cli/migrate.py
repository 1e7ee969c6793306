"""`capacitarr migrate`: the schema, for deployments that bring their own Postgres."""

import asyncio
import os
import sys

from libs.cli.app import EXIT_FAILED, EXIT_USAGE

_NOT_NEEDED = {"NATS_URL": "nats://not-needed", "SECRET_KEY": "not needed to migrate"}
"""So that a job which only migrates need not be given what only the services need."""


def run_migrate() -> int:
    """Migrate the database of the environment; the exit code."""
    from libs.common.settings import SettingsError, load_settings
    from libs.local.schema import DatabaseError, bring_up_to_date

    try:
        changed = asyncio.run(bring_up_to_date(load_settings({**_NOT_NEEDED, **os.environ})))
    except SettingsError as exc:
        print(f"capacitarr: {exc}", file=sys.stderr)
        return EXIT_USAGE
    except DatabaseError as exc:
        print(f"capacitarr: the database could not be prepared: {exc}", file=sys.stderr)
        return EXIT_FAILED
    print("database brought up to date" if changed else "database is up to date")
    return 0
