"""The names on the bus. No id is ever part of one: metrics carry the subject as a label."""

EVENTS = "capacitarr.events"
WORK = "capacitarr.work"
DEAD = "capacitarr.dead"
RPC = "capacitarr.rpc"

SYNC_INTEGRATION = f"{WORK}.sync.integration"
REFRESH_TARGETS = f"{WORK}.sync.refresh"
RUN_ENGINE = f"{WORK}.engine.run"
RESCORE_PREVIEW = f"{WORK}.engine.rescore"
DRAIN_DELETIONS = f"{WORK}.deleter.drain"

TEST_CONNECTION = f"{RPC}.sync.test_connection"
SYNC_ALL = f"{RPC}.sync.sync_all"
RULE_VALUES = f"{RPC}.sync.rule_values"
PREFLIGHT = f"{RPC}.sync.preflight"
FORGET_RULE_VALUES = f"{RPC}.sync.forget_rule_values"
SIMULATE = f"{RPC}.engine.simulate"
EXPLAIN_ITEM = f"{RPC}.engine.explain_item"
CHECK_PATTERN = f"{RPC}.engine.check_pattern"
RULE_IMPACT = f"{RPC}.engine.rule_impact"


def event_subject(family: str, event_type: str) -> str:
    """Where an event of the catalogue is published."""
    return f"{EVENTS}.{family}.{event_type}"


def dead_subject(work_subject: str) -> str:
    """Where work of this subject is parked when it cannot be done."""
    return work_subject.replace(WORK, DEAD, 1)
