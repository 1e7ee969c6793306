"""What a person wants deleted waits for an approval, on a real database."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from libs.common.approvals import Asked, Question, ask_for_person
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, IntegrationType, MediaType, Trigger
from tests.harness.jumping_clock import JumpingClock
from tests.service.deleter.rows import Owner


@pytest.fixture
def owner(database: Database, clock: JumpingClock) -> Owner:
    return Owner(database, clock)


def question(integration_id: int, external_id: str = "1", **facts: Any) -> Question:
    known: dict[str, Any] = {
        "integration_id": integration_id,
        "media_type": MediaType.MOVIE,
        "external_id": external_id,
        "media_name": "Serenity",
        "size_bytes": 5,
        "score": 0.85,
        "score_details": "[]",
        "poster_url": "",
        "disk_group_id": None,
        "fingerprint": {"title": "Serenity"},
    }
    return Question(**(known | facts))


async def ask(owner: Owner, *questions: Question, unsnooze: Iterable[tuple[int, str]] = ()) -> Asked:
    async with owner.db.begin() as tx:
        return await ask_for_person(tx, questions, unsnooze=unsnooze, now=owner.clock.now())


async def approvals(owner: Owner) -> list[Any]:
    return await owner.rows(select(m.ApprovalItem.__table__).order_by(m.ApprovalItem.id))


async def test_new_row_is_the_persons_own(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)

    asked = await ask(owner, question(radarr))

    (row,) = await approvals(owner)
    assert asked.ids == {(radarr, "1"): row.id}
    assert (row.status, row.trigger, row.user_initiated) == (ApprovalStatus.PENDING, Trigger.USER, True)
    assert (row.media_name, row.size_bytes, row.fingerprint) == ("Serenity", 5, {"title": "Serenity"})


async def test_pending_row_of_the_engine_becomes_the_persons_and_keeps_its_age(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    engines = await owner.approval(radarr, "1", status=ApprovalStatus.PENDING, collection_group="Firefly")
    owner.clock.jump(seconds=60)

    asked = await ask(owner, question(radarr))

    (row,) = await approvals(owner)
    assert asked.ids == {(radarr, "1"): engines}
    assert (row.user_initiated, row.trigger, row.version) == (True, Trigger.USER, 2)
    assert (row.collection_group, row.size_bytes) == ("Firefly", 5)
    assert row.updated_at - row.created_at >= timedelta(seconds=60)


async def test_T18_approved_row_stays_as_it_is_and_gets_no_second_one(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    await owner.approval(radarr, "1")

    asked = await ask(owner, question(radarr), question(radarr, "2"))

    assert list(asked.ids) == [(radarr, "2")]
    assert [(row.external_id, row.status) for row in await approvals(owner)] == [
        ("1", ApprovalStatus.APPROVED),
        ("2", ApprovalStatus.PENDING),
    ]


async def test_snooze_ends_only_where_that_is_said(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    for external_id in ("1", "2"):
        await owner.approval(radarr, external_id, status=ApprovalStatus.REJECTED, snoozed_until=owner.clock.now())

    asked = await ask(owner, question(radarr, "1"), unsnooze=[(radarr, "1"), (radarr, "2")])

    assert asked.unsnoozed == {(radarr, "1")}
    assert sorted((row.external_id, row.status.value) for row in await approvals(owner)) == [
        ("1", "pending"),
        ("2", "rejected"),
    ]


async def test_two_people_asking_for_the_same_items_do_not_block_each_other(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    questions = [question(radarr, str(number)) for number in range(1, 201)]

    await asyncio.gather(ask(owner, *questions), ask(owner, *reversed(questions)))

    assert len(await approvals(owner)) == 200
