"""Faults on demand: rules that say which calls go wrong, how, and how often."""

import asyncio
import contextlib
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec


class FaultKind(StrEnum):
    """How a call goes wrong.

    `*_AFTER_EFFECT` act first and answer badly; `LYING_DELETE` answers first and acts later or never. The three about
    pages bend only lists that come in pages (pages.py).
    """

    LATENCY = "latency"
    STATUS = "status"
    TIMEOUT = "timeout"
    HTML_LOGIN = "html_login"
    HTML_PAGE = "html_page"
    TRUNCATED = "truncated"
    EMPTY_LIST = "empty_list"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    REDIRECT = "redirect"
    CONNECTION_RESET = "connection_reset"
    SLOW_DRIP = "slow_drip"
    OVERSIZED = "oversized"
    LYING_DELETE = "lying_delete"
    PARTIAL_DELETE = "partial_delete"
    HANG_AFTER_EFFECT = "hang_after_effect"
    RESET_AFTER_EFFECT = "reset_after_effect"
    EMPTY_PAGE = "empty_page"
    REPEATED_PAGE = "repeated_page"
    WRONG_TOTAL = "wrong_total"


PAGE_FAULTS = frozenset({FaultKind.EMPTY_PAGE, FaultKind.REPEATED_PAGE, FaultKind.WRONG_TOTAL})


class FaultRule(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Calls that match go wrong. What is left out matches everything; `times` left out means always.

    `seconds` is the length of a wait (left out: until the rule is removed or the caller gives up), or, with a lying
    delete, the time until it takes effect; `reads` instead counts reads of the library until then. With neither it
    never does.
    `message` is what the body of a status fault says; left out, one below 500 has no body.
    `count` is the number of files that a partial delete still removes, `size_bytes` the length of an oversized body.
    """

    kind: FaultKind
    instance: str | None = None
    method: str | None = None
    path_glob: str = "*"
    status: int = 500
    message: str = ""
    seconds: float | None = None
    times: int | None = None
    retry_after: int | None = None
    location: str = "http://elsewhere.invalid/"
    reads: int | None = None
    count: int = 1
    size_bytes: int = 80 * 1024 * 1024
    id: int = 0
    hits: int = 0

    def matches(self, instance: str, method: str, path: str) -> bool:
        """Whether this call is meant; `path` is the one behind the URL base, and `*` reaches over slashes."""
        return (
            (self.times is None or self.hits < self.times)
            and self.instance in {None, instance}
            and self.method in {None, method}
            and fnmatchcase(path, self.path_glob)
        )


class Faults:
    """The rules in force, oldest first; the first that matches a call decides over it."""

    def __init__(self) -> None:
        self.rules: list[FaultRule] = []
        self._next_id = 1
        self._cleared = asyncio.Event()

    def add(self, rule: FaultRule) -> FaultRule:
        """Put a rule in force; it gets its id."""
        rule.id = self._next_id
        self._next_id += 1
        self.rules.append(rule)
        return rule

    def clear(self, rule_id: int | None = None) -> None:
        """Lift one rule or all of them. Calls that hang are let go."""
        self.rules = [rule for rule in self.rules if rule_id is not None and rule.id != rule_id]
        self._cleared.set()
        self._cleared = asyncio.Event()

    def match(self, instance: str, method: str, path: str) -> FaultRule | None:
        """The rule for this call, counted as used; `None` when all is well."""
        for rule in self.rules:
            if rule.matches(instance, method, path):
                rule.hits += 1
                return rule
        return None

    async def wait(self, seconds: float | None) -> None:
        """Wait so long, or, with `None`, until rules are lifted; lifting ends either wait."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._cleared.wait(), seconds)
