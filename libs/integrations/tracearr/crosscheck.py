"""Whether Tracearr's counts and its history can both be whole: pages with cursors have no totals to check (S-08)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from libs.common.domain.enums import TitleKind
from libs.integrations.errors import UpstreamIncompleteError
from libs.integrations.loose import moment, text
from libs.integrations.tracearr.rows import SessionRow, TallyRow
from libs.integrations.tracearr.titles import KINDS

_EVERY_SERVER = ""


@dataclass(slots=True)
class CrossCheck:
    """Sees both lists go by. `servers` are those whose counts were asked for.

    `start` is where the history was asked to begin; None: nowhere.
    """

    servers: frozenset[str]
    start: datetime | None
    _counted: set[tuple[str, TitleKind]] = field(default_factory=set)
    _newest_day: datetime | None = None
    _has_sessions: bool = False

    def see_counts(self, rows: Iterable[TallyRow], kind: TitleKind, server: str) -> None:
        """Counts come first."""
        for row in rows:
            self._counted.add((server, kind))
            day = moment(row.last_watched_day)
            if day is not None and (self._newest_day is None or day > self._newest_day):
                self._newest_day = day

    def see_sessions(self, rows: Iterable[SessionRow]) -> None:
        """Raises when somebody watched what was not counted at all."""
        for row in rows:
            self._has_sessions = True
            kind = KINDS.get(text(row.media_type).lower())
            if kind is not None and text(row.media_id) and self._is_uncounted(text(row.server_id), kind):
                raise UpstreamIncompleteError(
                    "Only a part could be read: the history has plays of a server of which none is counted."
                )

    def end(self) -> None:
        """Raises when plays were counted in a time of which the history tells nothing."""
        if self._newest_day is None or self._has_sessions:
            return
        if self.start is None or self._newest_day > self.start:
            raise UpstreamIncompleteError("Only a part could be read: the history lacks plays that are counted.")

    def _is_uncounted(self, server: str, kind: TitleKind) -> bool:
        if not self.servers or _EVERY_SERVER in self.servers:
            return (_EVERY_SERVER, kind) not in self._counted
        return server in self.servers and (server, kind) not in self._counted
