"""The net under the workers: messages whose deliveries were spent without a word, because each try was killed."""

from faststream import AckPolicy
from faststream.nats import NatsRouter, PullSub
from faststream.nats.annotations import JsClient, NatsBroker
from nats.js.errors import NotFoundError
from pydantic import BaseModel

from libs.common.messaging.subjects import WORK, dead_subject
from libs.common.messaging.topology import DEAD, SPENT_WORKER
from libs.common.messaging.work import PUBLISH_TIMEOUT_S


class Spent(BaseModel):
    """The server's advisory."""

    stream: str
    consumer: str
    stream_seq: int


def spent_router() -> NatsRouter:
    """The handler of the advisories; one process includes it, any number of its replicas share the work."""
    router = NatsRouter()
    router.subscriber(
        SPENT_WORKER.subject,
        stream=SPENT_WORKER.stream.ref(),
        durable=SPENT_WORKER.durable,
        pull_sub=PullSub(timeout=1.0),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
    )(bury)
    return router


async def bury(spent: Spent, broker: NatsBroker, js: JsClient) -> None:
    """Move the message to the dead stream, once: the same id as the settle middleware gives."""
    try:
        lost = await js.get_msg(spent.stream, seq=spent.stream_seq)
    except NotFoundError:
        return
    subject = lost.subject or f"{WORK}.unknown.{spent.consumer}"
    await broker.publish(
        lost.data or b"",
        dead_subject(subject),
        stream=DEAD.name,
        timeout=PUBLISH_TIMEOUT_S,
        headers={
            "content-type": (lost.headers or {}).get("content-type", ""),
            "x-subject": subject,
            "x-error": "deliveries spent",
            "Nats-Msg-Id": f"{spent.consumer}:{spent.stream_seq}",
        },
    )
    await js.delete_msg(spent.stream, spent.stream_seq)
