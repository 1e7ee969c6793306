"""What breaks inside a run is named, ends nothing but itself, and frees nothing."""

import asyncio
from collections.abc import AsyncIterator

import nats
import pytest
from nats.aio.msg import Msg
from sqlalchemy import text

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode
from libs.common.messaging.subjects import event_subject
from services.engine.runs.leader import Leader
from tests.service.engine.rows import TB, Library

pytestmark = pytest.mark.service

_REFUSE = """
create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no room for this job'; end $$;
"""


@pytest.fixture
async def heard(nats_url: str) -> AsyncIterator[asyncio.Queue[str]]:
    """What is said about previews that are not true any more."""
    said: asyncio.Queue[str] = asyncio.Queue()

    async def listen(message: Msg) -> None:
        said.put_nowait(message.data.decode())

    client = await nats.connect(nats_url)
    await client.subscribe(event_subject("preview", "preview_invalidated"), cb=listen)
    await client.flush()
    yield said
    await client.close()


async def refuse_jobs_of(library: Library, group: int) -> None:
    """The database refuses every job of this group."""
    await library.execute(text(_REFUSE))
    trigger = "create trigger refuse before insert on deletion_jobs for each row"
    await library.execute(text(f"{trigger} when (new.disk_group_id = {group}) execute function refuse()"))


async def test_group_that_breaks_is_skipped_with_its_reason_and_the_others_are_cleaned(
    library: Library, engine: Leader
) -> None:
    radarr = await library.integration()
    broken = await library.group(mount_path="/broken")
    well = await library.group(mount_path="/well", total_bytes=2 * TB, used_bytes=2 * TB)
    await library.item(radarr, broken, 1)
    await library.item(radarr, well, 2)
    await refuse_jobs_of(library, broken)

    run = await library.run()

    assert await library.queued() == {"2"}
    assert run.state == "done"
    assert run.error_message == "/broken was skipped: DBAPIError; the log says more"
    assert (run.queued, run.candidates) == (1, 1)
    assert (await library.outcome(run.id, broken)).held_code == "failed"
    assert (await library.outcome(run.id, well)).queued == 1
    ends = [e for e in await library.events("engine_complete", "engine_error") if e.run_id == run.id]
    assert [(event.type, "/broken" in event.message) for event in ends] == [("engine_error", True)]


async def test_broken_group_is_handled_again_in_the_next_run(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    await refuse_jobs_of(library, group)
    await library.run()

    await library.execute(text("drop trigger refuse on deletion_jobs"))
    run = await library.run()

    assert (run.state, run.error_message) == ("done", "")
    assert await library.queued() == {"1"}


async def test_panic_in_scoring_closes_the_run_and_the_process_goes_on(
    heard: asyncio.Queue[str], library: Library, engine: Leader
) -> None:
    radarr, group = await library.integration(), await library.group(ExecutionMode.AUTO)
    await library.item(radarr, group, 1)
    await library.execute(text("alter table media_items rename column rating to gone"))

    broken = await library.run()
    said = await asyncio.wait_for(heard.get(), 20)
    await library.execute(text("alter table media_items rename column gone to rating"))
    mended = await library.run()

    assert (broken.state, broken.queued) == ("failed", 0)
    assert broken.completed_at is not None
    assert broken.error_message != ""
    (error,) = await library.events("engine_error")
    assert error.run_id == broken.id
    assert "run_failed" in said
    assert mended.state == "done"
    assert await library.queued() == {"1"}


async def test_without_any_enabled_integration_a_run_ends_cleanly(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(enabled=False), await library.group()
    await library.item(radarr, group, 1)

    run = await library.run()

    assert (run.state, run.error_message, run.queued) == ("done", "", 0)
    assert [e.type for e in await library.events("engine_complete") if e.run_id == run.id] == ["engine_complete"]
    assert await library.rows(m.Snapshot) == []
