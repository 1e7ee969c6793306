"""The short-lived child that checks the settings and brings the database up to date before any service starts.

A process of its own, so that the supervisor, which lives as long as the product, never carries what this needs.
Run as `python -m libs.local.prepare`; a list of instances on standard input connects a demonstration. Prints one JSON
object. Exits with 2 and one sentence when a setting is wrong, with 1 when the database cannot be prepared.
"""

import asyncio
import json
import sys
from typing import Any

from libs.common.security.secrets import SecretBox
from libs.common.settings import Settings, SettingsError, load_settings
from libs.local.schema import DatabaseError, bring_up_to_date
from libs.local.wiring import connect_instances, has_owner

EXIT_FAILED = 1
EXIT_SETTINGS = 2


async def prepare(settings: Settings, instances: list[dict[str, Any]]) -> dict[str, bool]:
    """Migrate, connect what is to be demonstrated, and tell what the supervisor wants to know."""
    migrated = await bring_up_to_date(settings)
    url = settings.database_url.get_secret_value()
    if instances:
        await connect_instances(url, SecretBox(settings.secret_key.get_secret_value()), instances)
    return {"migrated": migrated, "hasOwner": await has_owner(url)}


def main() -> int:
    """Standard input, environment, and one answer."""
    instances = json.load(sys.stdin)
    try:
        answer = asyncio.run(prepare(load_settings(), instances))
    except SettingsError as exc:
        print(exc, file=sys.stderr)  # noqa: T201  the supervisor shows it to a person
        return EXIT_SETTINGS
    except DatabaseError as exc:
        print(exc, file=sys.stderr)  # noqa: T201  see above
        return EXIT_FAILED
    print(json.dumps(answer))  # noqa: T201  the answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
