"""Whatever goes wrong inside, the engine answers; and no evaluation is made twice for the same preview."""

import pytest
from faststream.nats import NatsBroker
from sqlalchemy import text

from libs.common.db import Database
from libs.common.messaging.engine_questions import EXPLAIN_ITEM, AskExplanation, Explained
from libs.common.messaging.rpc import RefusedError
from libs.common.messaging.transient import Transient
from services.engine.preview.refresh import PreviewRefresh
from services.engine.questions.evaluations import Evaluations
from tests.service.engine.asking import Asking, answering
from tests.service.engine.rows import Library

pytestmark = pytest.mark.service

QUESTION = AskExplanation(integration_id=1, external_id="1")


async def test_answer_that_no_message_can_carry_is_refused(library: Library, asking: Asking) -> None:
    radarr = await library.integration()
    labels = [f"{number:04}{'x' * 1000}" for number in range(1100)]
    await library.item(radarr, None, 1, labels=labels)

    with pytest.raises(RefusedError, match="too long"):
        await asking.ask(EXPLAIN_ITEM, QUESTION, Explained)


async def test_database_that_fails_is_told_and_not_waited_for(
    library: Library, nats_url: str, broker: NatsBroker
) -> None:
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    async with answering(Library(away, library.clock), nats_url, broker) as asking:
        with pytest.raises(RefusedError, match="database"):
            await asking.ask(EXPLAIN_ITEM, QUESTION, Explained)
    await away.dispose()


async def test_stored_facts_that_cannot_be_read_are_told_too(library: Library, asking: Asking) -> None:
    await library.integration()
    await library.execute(text("alter table media_items rename column title to name"))

    with pytest.raises(RefusedError, match="inside"):
        await asking.ask(EXPLAIN_ITEM, QUESTION, Explained)


async def test_engine_that_lost_the_lead_makes_its_own_evaluation_once(library: Library, broker: NatsBroker) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    former, leader = (PreviewRefresh(library.db, library.clock, Transient(broker, "engine")) for _ in range(2))
    evaluations = Evaluations(library.db, library.clock, former)
    await former.score(None)
    await library.item(radarr, None, 2)
    await leader.score(None)

    assert (await evaluations.current()).ranked.height == 2
    await library.item(radarr, None, 3)  # in no preview yet: one that is made anew would have it
    assert (await evaluations.current()).ranked.height == 2
    await former.score(None)
    assert (await evaluations.current()).ranked.height == 3
