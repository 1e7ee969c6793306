"""The streams and durable consumers, in one place and applied by every service at its start."""

from dataclasses import dataclass

from faststream.nats import JStream
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from libs.common.messaging import subjects

_DAY_S = 86_400.0
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stream:
    """What a stream keeps: `max_age_s` seconds, `max_msgs` messages or `max_bytes` bytes, whichever ends first."""

    name: str
    subjects: tuple[str, ...]
    max_age_s: float
    max_bytes: int
    max_msgs: int = -1
    retention: RetentionPolicy = RetentionPolicy.LIMITS
    discard: DiscardPolicy = DiscardPolicy.OLD
    dedupe_s: float = 600.0

    def config(self, replicas: int) -> StreamConfig:
        """For nats-py, which takes all times in seconds."""
        return StreamConfig(
            name=self.name,
            subjects=list(self.subjects),
            retention=self.retention,
            storage=StorageType.FILE,
            max_age=self.max_age_s,
            max_bytes=self.max_bytes,
            max_msgs=self.max_msgs,
            discard=self.discard,
            duplicate_window=self.dedupe_s,
            num_replicas=replicas,
        )

    def ref(self) -> JStream:
        """The stream as FastStream wants it; it must exist already."""
        return JStream(self.name, declare=False)


@dataclass(frozen=True, slots=True)
class Worker:
    """One durable pull consumer. `ack_wait_s` must outlast queueing plus one handler run or its heartbeat."""

    stream: Stream
    durable: str
    subject: str
    ack_wait_s: float = 60.0
    max_deliver: int = 5

    def config(self) -> ConsumerConfig:
        """A fresh object each time, because nats-py writes into it."""
        return ConsumerConfig(
            durable_name=self.durable,
            filter_subject=self.subject,
            ack_wait=self.ack_wait_s,
            max_deliver=self.max_deliver,
        )


EVENTS = Stream("CAPACITARR_EVENTS", (f"{subjects.EVENTS}.>",), 7 * _DAY_S, 4096 * _MIB, max_msgs=1_000_000)
WORK = Stream(
    "CAPACITARR_WORK",
    (f"{subjects.WORK}.>",),
    _DAY_S,
    256 * _MIB,
    retention=RetentionPolicy.WORK_QUEUE,
    discard=DiscardPolicy.NEW,
)
DEAD = Stream("CAPACITARR_DEAD", (f"{subjects.DEAD}.>",), 30 * _DAY_S, 256 * _MIB)
SPENT_SUBJECT = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{WORK.name}.*"
SPENT = Stream("CAPACITARR_SPENT", (SPENT_SUBJECT,), 7 * _DAY_S, 64 * _MIB)

SYNC_WORKER = Worker(WORK, "sync-integration", subjects.SYNC_INTEGRATION)
REFRESH_WORKER = Worker(WORK, "sync-refresh", subjects.REFRESH_TARGETS)
RUN_WORKER = Worker(WORK, "engine-run", subjects.RUN_ENGINE)
RESCORE_WORKER = Worker(WORK, "engine-rescore", subjects.RESCORE_PREVIEW)
DRAIN_WORKER = Worker(WORK, "deleter-drain", subjects.DRAIN_DELETIONS)
ACTIVITY_WORKER = Worker(EVENTS, "notifier-activity", f"{subjects.EVENTS}.>", max_deliver=-1)
"""Never gives an event up: the feed only falls behind while Postgres is away."""
SPENT_WORKER = Worker(SPENT, "spent", SPENT_SUBJECT, ack_wait_s=30.0)

STREAMS = (EVENTS, WORK, DEAD, SPENT)
WORKERS = (
    SYNC_WORKER,
    REFRESH_WORKER,
    RUN_WORKER,
    RESCORE_WORKER,
    DRAIN_WORKER,
    ACTIVITY_WORKER,
    SPENT_WORKER,
)


async def apply(js: JetStreamContext, replicas: int = 1) -> None:
    """Bring the server to STREAMS and WORKERS. Safe to repeat, safe to race."""
    for stream in STREAMS:
        try:
            await js.stream_info(stream.name)
        except NotFoundError:
            await js.add_stream(stream.config(replicas))
        else:
            await js.update_stream(stream.config(replicas))
    for worker in WORKERS:
        await js.add_consumer(worker.stream.name, worker.config())


async def add_missing(js: JetStreamContext, replicas: int = 1) -> None:
    """Give a server that lost its store what it lacks. What exists keeps its configuration: that may be a newer one."""
    for stream in STREAMS:
        try:
            await js.stream_info(stream.name)
        except NotFoundError:
            await js.add_stream(stream.config(replicas))
    for worker in WORKERS:
        try:
            await js.consumer_info(worker.stream.name, worker.durable)
        except NotFoundError:
            await js.add_consumer(worker.stream.name, worker.config())
