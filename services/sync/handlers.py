"""What sync listens to: reads to carry out, and the questions of the api."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from faststream import AckPolicy
from faststream.nats import NatsRouter, PullSub
from faststream.nats.annotations import NatsMessage
from sqlalchemy.exc import SQLAlchemyError

from libs.common.messaging.questions import (
    FORGET_RULE_VALUES,
    PREFLIGHT,
    RULE_VALUES,
    SYNC_ALL,
    TEST_CONNECTION,
    AskPreflight,
    AskRuleValues,
    ConnectionTested,
    ForgetRuleValues,
    PreflightFound,
    RuleValuesFound,
    SyncAll,
    SyncedAll,
    TestConnection,
)
from libs.common.messaging.rpc import Refusal
from libs.common.messaging.settle import settle
from libs.common.messaging.topology import REFRESH_WORKER, SYNC_WORKER, Worker
from libs.common.messaging.work import RefreshTargets, SyncIntegration
from services.sync.connection_test import ConnectionTester
from services.sync.fetch import PARALLEL_SOURCES, Reader
from services.sync.manual import ManualSync
from services.sync.preflight import PreflightLook
from services.sync.refresh.refresher import PARALLEL, Refresher
from services.sync.rule_values.lookup import RuleValueLookup

log = structlog.get_logger(__name__)

_QUEUE = "sync"
_BEATS_PER_ACK_WAIT = 3
_FETCH = 1
"""Larger fetches of nats-py 2.16 sometimes end in a bare TimeoutError, which FastStream 0.7.8 reports as a crash."""


def work_router(reader: Reader) -> NatsRouter:
    """Reads. A source that fails is recorded, not retried: the next run asks again."""
    router = NatsRouter(middlewares=[settle(SYNC_WORKER)])

    @router.subscriber(
        SYNC_WORKER.subject,
        stream=SYNC_WORKER.stream.ref(),
        durable=SYNC_WORKER.durable,
        pull_sub=PullSub(batch_size=_FETCH, timeout=1.0),
        max_workers=PARALLEL_SOURCES,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
    )
    async def sync_integration(work: SyncIntegration, msg: NatsMessage) -> None:
        async with _in_progress(msg, SYNC_WORKER):
            await reader.read(work.snapshot_id)

    return router


def refresh_router(refresher: Refresher) -> NatsRouter:
    """Targeted reads. One that fails is put off in its row; only our own troubles bring the message back."""
    router = NatsRouter(middlewares=[settle(REFRESH_WORKER)])

    @router.subscriber(
        REFRESH_WORKER.subject,
        stream=REFRESH_WORKER.stream.ref(),
        durable=REFRESH_WORKER.durable,
        pull_sub=PullSub(batch_size=_FETCH, timeout=1.0),
        max_workers=PARALLEL,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
    )
    async def refresh_targets(work: RefreshTargets, msg: NatsMessage) -> None:
        async with _in_progress(msg, REFRESH_WORKER):
            await refresher.refresh(work.integration_id)

    return router


def question_router(
    tester: ConnectionTester, manual: ManualSync, forget_rule_values: Callable[[], Awaitable[None]]
) -> NatsRouter:
    """Questions. A failure of our own is answered, because silence would only be a timeout to the asker.

    `forget_rule_values` tells every replica.
    """
    router = NatsRouter()

    @router.subscriber(TEST_CONNECTION, queue=_QUEUE, max_workers=8)
    async def test_connection(question: TestConnection) -> ConnectionTested:
        return await tester.test(question)

    @router.subscriber(SYNC_ALL, queue=_QUEUE, max_workers=2)
    async def sync_all(question: SyncAll) -> SyncedAll | Refusal:  # noqa: ARG001  the question has no members
        await forget_rule_values()
        try:
            return await manual.run()
        except (SQLAlchemyError, OSError) as exc:
            log.warning("manual sync failed", reason=type(exc).__name__)
            return Refusal(refused="the database did not answer")

    return router


def preflight_router(preflight: PreflightLook) -> NatsRouter:
    """What a source says about deletions before one is made."""
    router = NatsRouter()

    @router.subscriber(PREFLIGHT, queue=_QUEUE, max_workers=8)
    async def look(question: AskPreflight) -> PreflightFound | Refusal:
        try:
            return await preflight.look(question)
        except (SQLAlchemyError, OSError) as exc:
            log.warning("preflight not answered", reason=type(exc).__name__)
            return Refusal(refused="the database did not answer")

    return router


def rule_value_router(lookup: RuleValueLookup) -> NatsRouter:
    """What rules can compare with: one replica answers, and every replica is told to forget."""
    router = NatsRouter()

    @router.subscriber(RULE_VALUES, queue=_QUEUE, max_workers=8)
    async def rule_values(question: AskRuleValues) -> RuleValuesFound | Refusal:
        try:
            return await lookup.values(question)
        except (SQLAlchemyError, OSError) as exc:
            log.warning("rule values not looked up", reason=type(exc).__name__)
            return Refusal(refused="the database did not answer")

    @router.subscriber(FORGET_RULE_VALUES)
    async def forget(told: ForgetRuleValues) -> None:
        lookup.forget(told.integration_id)

    return router


@asynccontextmanager
async def _in_progress(msg: NatsMessage, worker: Worker) -> AsyncIterator[None]:
    """Tell the server that we are still at it; a large source takes longer than the ack wait."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(worker.ack_wait_s / _BEATS_PER_ACK_WAIT)
            await msg.in_progress()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
