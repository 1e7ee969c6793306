"""The connection over which the engine reads the catalogue again and again, and what ends it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, text

from services.engine.catalogue import OpenCatalogue
from tests.service.engine.rows import Library

pytestmark = pytest.mark.service

_READERS = (
    "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    " and query like '%with together as%'"
)


@pytest.fixture
def catalogue(library: Library) -> Iterator[OpenCatalogue]:
    opened = OpenCatalogue(library.db.url)
    yield opened
    opened.close()


async def readers(library: Library) -> list[tuple[int, str]]:
    """Pid and state of the sessions that have read the catalogue last."""
    async with library.db.connect() as conn:
        return [(row.pid, row.state) for row in await conn.execute(text(f"select pid, state {_READERS}"))]


async def test_next_reading_shows_what_came_over_the_same_connection(
    library: Library, catalogue: OpenCatalogue
) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    first, at_first = catalogue.load(), await readers(library)
    await library.item(radarr, None, 2)

    second = catalogue.load()

    assert (first.height, second.height) == (1, 2)
    assert await readers(library) == at_first
    assert [state for _, state in at_first] == ["idle"], "a transaction that stays open keeps dead rows from vacuum"


async def test_lost_connection_is_replaced(library: Library, catalogue: OpenCatalogue) -> None:
    await library.item(await library.integration(), None, 1)
    catalogue.load()
    ((lost, _),) = await readers(library)
    async with library.db.begin() as tx:
        await tx.execute(select(func.pg_terminate_backend(lost, 5000)))

    assert catalogue.load().height == 1
    assert [pid for pid, _ in await readers(library)] != [lost]


async def test_closed_one_opens_again(library: Library, catalogue: OpenCatalogue) -> None:
    await library.item(await library.integration(), None, 1)
    catalogue.load()

    catalogue.close()
    catalogue.close()

    assert catalogue.load().height == 1
