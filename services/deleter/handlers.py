"""What the deleter listens to: nudges that jobs may be due."""

from faststream import AckPolicy
from faststream.nats import NatsRouter, PullSub

from libs.common.messaging.settle import settle
from libs.common.messaging.topology import DRAIN_WORKER
from libs.common.messaging.work import DrainDeletions
from services.deleter.queue import DeletionQueue


def work_router(queue: DeletionQueue) -> NatsRouter:
    """A nudge only wakes the queue, which looks at its rows."""
    router = NatsRouter(middlewares=[settle(DRAIN_WORKER)])

    @router.subscriber(
        DRAIN_WORKER.subject,
        stream=DRAIN_WORKER.stream.ref(),
        durable=DRAIN_WORKER.durable,
        pull_sub=PullSub(batch_size=1, timeout=1.0),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
    )
    async def drain(work: DrainDeletions) -> None:  # noqa: ARG001  the rows are the truth, the message only a nudge
        queue.wake()

    return router
