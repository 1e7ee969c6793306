"""The names on the bus. No id is ever part of one: metrics carry the subject as a label."""

EVENTS = "capacitarr.events"
WORK = "capacitarr.work"
DEAD = "capacitarr.dead"
RPC = "capacitarr.rpc"

SYNC_INTEGRATION = f"{WORK}.sync.integration"
RUN_ENGINE = f"{WORK}.engine.run"
RESCORE_PREVIEW = f"{WORK}.engine.rescore"
DRAIN_DELETIONS = f"{WORK}.deleter.drain"

TEST_CONNECTION = f"{RPC}.sync.test_connection"
SYNC_ALL = f"{RPC}.sync.sync_all"


def event_subject(family: str, event_type: str) -> str:
    """Where an event of the catalogue is published."""
    return f"{EVENTS}.{family}.{event_type}"


def dead_subject(work_subject: str) -> str:
    """Where work of this subject is parked when it cannot be done."""
    return work_subject.replace(WORK, DEAD, 1)
