"""What the engine listens to: nudges that a run is queued or that the preview is behind."""

from faststream import AckPolicy
from faststream.nats import NatsRouter, PullSub

from libs.common.messaging.settle import settle
from libs.common.messaging.topology import RESCORE_WORKER, RUN_WORKER
from libs.common.messaging.work import RescorePreview, RunEngine
from services.engine.runs.leader import Leader


def work_routers(leader: Leader) -> list[NatsRouter]:
    """A nudge only wakes the leader, which looks at its tables; one that reaches a standby is made up by the sweep."""
    runs, rescores = NatsRouter(middlewares=[settle(RUN_WORKER)]), NatsRouter(middlewares=[settle(RESCORE_WORKER)])

    @runs.subscriber(
        RUN_WORKER.subject,
        stream=RUN_WORKER.stream.ref(),
        durable=RUN_WORKER.durable,
        pull_sub=PullSub(batch_size=1, timeout=1.0),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
    )
    async def run_engine(work: RunEngine) -> None:  # noqa: ARG001  the row is the truth, the message only a nudge
        leader.wake()

    @rescores.subscriber(
        RESCORE_WORKER.subject,
        stream=RESCORE_WORKER.stream.ref(),
        durable=RESCORE_WORKER.durable,
        pull_sub=PullSub(batch_size=1, timeout=1.0),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
    )
    async def rescore(work: RescorePreview) -> None:  # noqa: ARG001  see above
        leader.wake()

    return [runs, rescores]
