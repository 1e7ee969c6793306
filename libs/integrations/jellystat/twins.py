"""Rows that were taken over from the media server's report plugin repeat rows that Jellystat recorded itself."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from libs.integrations.jellystat.rows import PlayRow
from libs.integrations.loose import claim, moment, text

WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Seen:
    at: datetime
    about: tuple[str, str, str]
    is_imported: bool


@dataclass(slots=True)
class Twins:
    """Finds the second of two rows about one play, in a list in order of time; remembers a minute of it."""

    _seen: deque[_Seen] = field(default_factory=deque)

    def is_second(self, row: PlayRow) -> bool:
        """True when a row about the same play was there, and one of both was imported."""
        at = moment(row.activity_date_inserted)
        if at is None:
            return False
        while self._seen and abs(self._seen[0].at - at) > WITHIN:
            self._seen.popleft()
        about = (text(row.user_id), text(row.now_playing_item_id), text(row.episode_id))
        is_imported = claim(row.imported) is True
        if any(each.about == about and (is_imported or each.is_imported) for each in self._seen):
            return True
        self._seen.append(_Seen(at, about, is_imported))
        return False
