"""An approval is about what was shown: other facts at its turn send it back to the person, with the reason (S-26)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, ExecutionMode, Trigger
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service

Change = Callable[[Town], Awaitable[None]]


async def _approved(town: Town) -> None:
    await town.owner.set_mode(town.group_id, ExecutionMode.APPROVAL)
    approval = await town.owner.approval(town.ids["radarr"], "1")
    decided = {"enqueued_mode": ExecutionMode.APPROVAL, "trigger": Trigger.APPROVAL, "approval_id": approval}
    await town.owner.enqueue(await town.job("radarr", "1", **decided))


async def _repointed(town: Town) -> None:
    """The same library under another address, so ids, titles, paths and files agree."""
    radarr = m.Integration.id == town.ids["radarr"]
    url = (await town.owner.one(select(m.Integration.url).where(radarr))).url.replace("127.0.0.1", "localhost")
    await town.owner.execute(update(m.Integration).where(radarr).values(url=url, updated_at=town.owner.clock.now()))


async def _played_before_the_approval(town: Town) -> None:
    """Told late: the play itself is older than the approval."""
    last = town.owner.clock.now() - timedelta(days=3)
    await town.owner.execute(update(m.MediaItem).values(play_count=1, last_played=last))


async def _file_replaced(town: Town) -> None:
    file = town.server.world.instances["radarr"].movies[1].file
    town.server.do(lambda: setattr(file, "id", 9999))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(_repointed, "points at another installation", id="re-pointed"),
        pytest.param(_played_before_the_approval, "is played 1 times", id="plays"),
        pytest.param(_file_replaced, "files have changed", id="file-replaced"),
    ],
)
async def test_S26_other_facts_than_those_shown_go_back_to_pending_with_the_reason(
    town: Town, change: Change, words: str
) -> None:
    await _approved(town)
    await change(town)

    await town.drain()

    row = await town.owner.one(select(m.ApprovalItem.status, m.ApprovalItem.last_error))
    assert town.server.ledger() == []
    assert row.status is ApprovalStatus.PENDING
    assert words in row.last_error
    assert await town.owner.events("approval") == ["approval_returned_to_pending"]


async def test_S26_unchanged_approval_is_carried_out(town: Town) -> None:
    await _approved(town)

    await town.drain()

    assert town.deleted == [("radarr", "1")]
    assert await town.owner.rows(select(m.ApprovalItem.id)) == []
