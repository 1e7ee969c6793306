"""What the deleter is compared with: simulations in a transaction each, and bare calls without any bookkeeping."""

import time

from pydantic import SecretStr

from benchmarks.deletion.yard import Movie, Yard
from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.domain.enums import IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget
from libs.integrations.capabilities import Deleter, capability
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.registry import open_client
from libs.integrations.urls import normalise_base_url
from services.deleter.simulate import settle_due


async def simulate_each_s(db: Database, count: int) -> float:
    """Seconds for so many due simulations, one transaction each. Ends the program when one is missing."""
    began = time.monotonic()
    for _ in range(count):
        async with db.begin() as tx:
            if len(await settle_due(tx, real_now(), at_most=1)) != 1:
                raise SystemExit("a simulation was not there")
    return time.monotonic() - began


async def delete_each_s(yard: Yard, movies: list[Movie]) -> float:
    """Seconds for the calls that a deletion cannot do without, one after the other: look, delete, look again."""
    client = open_client(_config(yard), Network())
    try:
        deleter = capability(client, Deleter)
        began = time.monotonic()
        for movie in movies:
            target = DeletionTarget.parse(yard.integration_id, MediaType.MOVIE, movie.external_id)
            state = await deleter.item_state(target)
            if state is None:
                raise SystemExit(f"{movie.title} is not there")
            await deleter.delete(target, planned=state, add_import_exclusion=True)
            if await deleter.item_state(target) is not None:
                raise SystemExit(f"{movie.title} is still there")
        return time.monotonic() - began
    finally:
        await client.aclose()


def _config(yard: Yard) -> IntegrationConfig:
    radarr = yard.radarr
    return IntegrationConfig(
        id=yard.integration_id,
        type=IntegrationType.RADARR,
        name=radarr["name"],
        url=normalise_base_url(radarr["url"]),
        api_key=SecretStr(radarr["apiKey"]),
    )
