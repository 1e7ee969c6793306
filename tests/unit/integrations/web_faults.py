"""The faults that every call over HTTP must turn into an error of the right class, once for all systems."""

from libs.integrations.errors import ErrorClass
from libs.simulator.faults import FaultKind, FaultRule

SLOW_S = 20.0
_DEADLINE_S = 0.5
_SLOW = frozenset({"no answer", "slow drip"})

FAULTS: dict[str, tuple[FaultRule, ErrorClass]] = {
    "no answer": (FaultRule(kind=FaultKind.TIMEOUT), ErrorClass.TIMEOUT),
    "slow drip": (FaultRule(kind=FaultKind.SLOW_DRIP, seconds=SLOW_S), ErrorClass.TIMEOUT),
    "reset": (FaultRule(kind=FaultKind.CONNECTION_RESET), ErrorClass.REFUSED),
    "401": (FaultRule(kind=FaultKind.STATUS, status=401), ErrorClass.AUTH),
    "404": (FaultRule(kind=FaultKind.STATUS, status=404), ErrorClass.NOT_FOUND),
    "429": (FaultRule(kind=FaultKind.STATUS, status=429, retry_after=1), ErrorClass.RATE_LIMITED),
    "500": (FaultRule(kind=FaultKind.STATUS, status=500), ErrorClass.SERVER_ERROR),
    "503": (FaultRule(kind=FaultKind.STATUS, status=503, retry_after=1), ErrorClass.STARTING),
    "login page": (FaultRule(kind=FaultKind.HTML_LOGIN), ErrorClass.LOGIN_PAGE),
    "web page": (FaultRule(kind=FaultKind.HTML_PAGE), ErrorClass.HTML_PAGE),
    "truncated": (FaultRule(kind=FaultKind.TRUNCATED), ErrorClass.BAD_JSON),
    "another shape": (FaultRule(kind=FaultKind.EMPTY_LIST), ErrorClass.BAD_JSON),
    "redirect": (FaultRule(kind=FaultKind.REDIRECT), ErrorClass.REDIRECT_OTHER_HOST),
}
"""What a client must say about each; what a 403 means depends on the system."""


def at(rule: FaultRule, path: str) -> FaultRule:
    """The same rule for some paths."""
    return FaultRule(
        kind=rule.kind, status=rule.status, retry_after=rule.retry_after, seconds=rule.seconds, path_glob=path
    )


def patience(fault: str) -> dict[str, float]:
    """How long a client waits: not long where the fault is that nothing comes."""
    return {"deadline_s": _DEADLINE_S, "read_s": _DEADLINE_S} if fault in _SLOW else {}
