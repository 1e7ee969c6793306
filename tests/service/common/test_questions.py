"""Questions end with an answer, a refusal, or a sentence about who is silent; lost events are counted."""

from collections.abc import AsyncIterator

import pytest
from faststream.nats import NatsBroker, NatsRouter
from prometheus_client import CollectorRegistry

from libs.common.clock import real_now
from libs.common.events.preview import PreviewInvalidated
from libs.common.messaging.broker import build_broker
from libs.common.messaging.questions import SyncAll, SyncedAll
from libs.common.messaging.rpc import Refusal, RefusedError, ServiceUnavailableError, ask, tell_all
from libs.common.messaging.subjects import SYNC_ALL
from libs.common.messaging.topology import EVENTS
from libs.common.messaging.transient import Transient
from libs.common.messaging.work import SyncIntegration, publish_work
from tests.harness.bus import running_broker, settings_for

NOBODY = "nats://127.0.0.1:1"


def answering(answer: SyncedAll | Refusal) -> NatsRouter:
    router = NatsRouter()

    async def reply(question: SyncAll) -> SyncedAll | Refusal:
        assert question == SyncAll()
        return answer

    router.subscriber(SYNC_ALL, queue="rpc")(reply)
    return router


@pytest.fixture
async def unconnected() -> AsyncIterator[NatsBroker]:
    """A broker whose server is away."""
    broker = build_broker(settings_for(NOBODY), "test", CollectorRegistry())
    yield broker
    await broker.stop()


async def test_answer_comes_back_typed(nats_url: str) -> None:
    async with running_broker(nats_url, answering(SyncedAll(results=()))) as broker:
        answer = await ask(broker, SYNC_ALL, SyncAll(), SyncedAll, timeout_s=5)

    assert answer == SyncedAll(results=())


async def test_refusal_is_told_with_its_reason(nats_url: str) -> None:
    async with running_broker(nats_url, answering(Refusal(refused="a sync is running"))) as broker:
        with pytest.raises(RefusedError, match="a sync is running"):
            await ask(broker, SYNC_ALL, SyncAll(), SyncedAll, timeout_s=5)


async def test_silence_names_the_service(nats_url: str) -> None:
    async with running_broker(nats_url) as broker:
        with pytest.raises(ServiceUnavailableError, match="the sync service"):
            await ask(broker, SYNC_ALL, SyncAll(), SyncedAll, timeout_s=5)


async def test_question_without_nats_fails_at_once(unconnected: NatsBroker) -> None:
    with pytest.raises(ServiceUnavailableError, match="the sync service"):
        await ask(unconnected, SYNC_ALL, SyncAll(), SyncedAll, timeout_s=600)


async def test_message_to_all_without_nats_is_let_go(unconnected: NatsBroker) -> None:
    await tell_all(unconnected, SYNC_ALL, SyncAll())


async def test_work_without_nats_is_an_error_the_caller_can_tell(unconnected: NatsBroker) -> None:
    with pytest.raises(ConnectionError, match="NATS"):
        await publish_work(unconnected, SyncIntegration(snapshot_id=1))


async def test_transient_event_reaches_the_stream_and_is_not_counted(nats_url: str) -> None:
    async with running_broker(nats_url) as broker:
        transient = Transient(broker, "api")
        await transient.publish(PreviewInvalidated(reason="rule_created"), at=real_now())
        message = await broker.connection.jetstream().get_msg(EVENTS.name, 1)

    assert message.subject == "capacitarr.events.preview.preview_invalidated"
    assert b'"reason":"rule_created"' in (message.data or b"")
    assert transient.dropped == 0


async def test_transient_event_lost_in_an_outage_is_counted_and_hurts_nobody(unconnected: NatsBroker) -> None:
    transient = Transient(unconnected, "api")

    await transient.publish(PreviewInvalidated(reason="rule_created"), at=real_now())

    assert transient.dropped == 1
