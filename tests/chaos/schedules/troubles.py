"""What a word for trouble means to the simulator."""

from libs.simulator.faults import FaultKind, FaultRule
from tests.chaos.schedules.steps import Trouble

_SLOW_S = 0.6
_LATE_S = 1.5
_DELETE = "DELETE"


def rules_of(instance: str, trouble: Trouble) -> list[FaultRule]:
    """The faults to put in force, new ones each time."""
    return [_rule(instance, kind, fields) for kind, fields in _FAULTS[trouble]]


def _rule(instance: str, kind: FaultKind, fields: dict[str, object]) -> FaultRule:
    rule = FaultRule(kind=kind, instance=instance)
    for name, value in fields.items():
        setattr(rule, name, value)
    return rule


_Fault = tuple[FaultKind, dict[str, object]]

_FAULTS: dict[Trouble, list[_Fault]] = {
    Trouble.SLOW: [(FaultKind.LATENCY, {"seconds": _SLOW_S})],
    Trouble.UNAUTHORISED: [(FaultKind.STATUS, {"status": 401})],
    Trouble.ERRORS: [(FaultKind.STATUS, {"status": 500})],
    Trouble.SILENT: [(FaultKind.TIMEOUT, {"method": "GET"})],
    Trouble.LOGIN_PAGE: [(FaultKind.HTML_LOGIN, {})],
    Trouble.CUT_SHORT: [(FaultKind.TRUNCATED, {"method": "GET"})],
    Trouble.NOTHING_THERE: [
        (FaultKind.EMPTY_LIST, {"method": "GET", "path_glob": f"/api/v3/{name}"}) for name in ("movie", "series")
    ],
    Trouble.CUT_OFF: [(FaultKind.CONNECTION_RESET, {})],
    Trouble.SLOW_DELETE: [(FaultKind.LATENCY, {"method": _DELETE, "seconds": _LATE_S})],
    Trouble.REFUSED_DELETE: [(FaultKind.STATUS, {"method": _DELETE, "status": 500})],
    Trouble.LATE_DELETE: [(FaultKind.LYING_DELETE, {"method": _DELETE, "seconds": _LATE_S})],
    Trouble.UNANSWERED_DELETE: [(FaultKind.HANG_AFTER_EFFECT, {"method": _DELETE, "times": 2})],
    Trouble.CUT_DELETE: [(FaultKind.RESET_AFTER_EFFECT, {"method": _DELETE})],
    Trouble.GARBLED_DELETE: [(FaultKind.TRUNCATED, {"method": _DELETE})],
    Trouble.NO_UNMONITOR: [(FaultKind.STATUS, {"method": "PUT", "status": 500})],
}
