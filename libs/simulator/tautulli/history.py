"""`get_history`: plays newest first, in pages, filtered, and unless asked otherwise with repetitions in one row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from libs.simulator.audience import ServerTitle, ViewEvent
from libs.simulator.calls import Answer, Call
from libs.simulator.pages import page_of
from libs.simulator.tautulli import rows as wire
from libs.simulator.tautulli.server import TautulliServer, failure, success

_DEFAULT_LENGTH = 25
_GROUPED_WITHIN_S = 86_400
_ORDERS: Mapping[str, Callable[[ViewEvent], Any]] = {
    "date": lambda view: view.at,
    "started": lambda view: view.at,
    "stopped": lambda view: view.at + view.seconds,
    "play_duration": lambda view: view.seconds,
    "duration": lambda view: view.seconds,
}
Group = list[ViewEvent]


def rows(here: TautulliServer, call: Call) -> Answer:
    """The plays. A database that cannot be read looks like an empty one, with zero totals."""
    if here.history.settings.database_fails:
        return success(_table([], 0, 0, call))
    start, length = _number(call, "start", 0), _number(call, "length", _DEFAULT_LENGTH)
    if start is None or length is None:
        return failure("Invalid value for start or length")
    length = min(length, here.history.settings.page_cap or length)
    everything = here.recording.plays()
    shown = _ordered(_filtered(here, everything, call), call)
    running = [*here.plex.playing] if call.text("include_activity") != "0" else []
    groups = _grouped(shown) if call.text("grouping") != "0" else shown
    page, total = page_of(_Joined(running, groups), call, start=start, size=length)
    found = [row for each in page if (row := _row(here, each)) is not None]
    return success(_table(found, total, len(everything), call))


class _Joined(Sequence[Any]):
    """Two lists one behind the other, without copying the long one."""

    def __init__(self, first: Sequence[Any], second: Sequence[Any]) -> None:
        self._first = [("running", each) for each in first]
        self._second = second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, slice):
            return self[index : index + 1][0]
        start, stop, _ = index.indices(len(self))
        ahead = len(self._first)
        return [*self._first[start:stop], *self._second[max(0, start - ahead) : max(0, stop - ahead)]]


def _row(here: TautulliServer, found: Any) -> dict[str, Any] | None:
    if isinstance(found, tuple):
        view: ViewEvent = found[1]
        return _about(here, view, wire.activity_row)
    group: Group = found if isinstance(found, list) else [found]
    row = _about(here, group[0], wire.history_row)
    if row is not None and len(group) > 1:
        ids = ",".join(str(view.number) for view in group)
        row |= {"reference_id": group[-1].number, "group_count": len(group), "group_ids": ids}
        row["play_duration"] = row["duration"] = sum(view.seconds for view in group)
    return row


def _about(here: TautulliServer, view: ViewEvent, make: Callable[..., dict[str, Any]]) -> dict[str, Any] | None:
    title = here.recording.title(view.title)
    if title is None:
        return None
    season = here.recording.season_of(view)
    row = make(view, title, season, here.world.people[view.person])
    return row | {"guid": wire.guid(view, title, season, legacy=here.plex.settings.legacy_agents)}


def _table(found: list[dict[str, Any]], filtered: int, total: int, call: Call) -> dict[str, Any]:
    return {
        "recordsFiltered": filtered,
        "recordsTotal": total,
        "draw": int(call.text("draw") or 1),
        "filter_duration": "3 hrs",
        "total_duration": "3 hrs",
        "data": found,
    }


def _grouped(shown: Sequence[ViewEvent]) -> list[Group]:
    """Somebody's repeated starts of one thing within a day are one row."""
    groups: list[Group] = []
    open_groups: dict[int, Group] = {}
    for view in shown:
        group = open_groups.get(view.person)
        if group is not None and _is_same(group[-1], view):
            group.append(view)
        else:
            group = open_groups[view.person] = [view]
            groups.append(group)
    return groups


def _is_same(newer: ViewEvent, older: ViewEvent) -> bool:
    same = (newer.title, newer.season, newer.episode) == (older.title, older.season, older.episode)
    return same and newer.at - older.at <= _GROUPED_WITHIN_S


def _ordered(shown: Sequence[ViewEvent], call: Call) -> Sequence[ViewEvent]:
    column, is_descending = call.text("order_column") or "date", (call.text("order_dir") or "desc") == "desc"
    if column in {"date", "started"} and is_descending:
        return shown
    return sorted(shown, key=_ORDERS.get(column, _ORDERS["date"]), reverse=is_descending)


def _filtered(here: TautulliServer, plays: Sequence[ViewEvent], call: Call) -> Sequence[ViewEvent]:
    tests = [make(here, value) for name, make in _FILTERS.items() if (value := call.text(name))]
    return [view for view in plays if all(test(view) for test in tests)] if tests else plays


Test = Callable[[ViewEvent], bool]


def _by_key(position: int) -> Callable[[TautulliServer, str], Test]:
    def make(here: TautulliServer, value: str) -> Test:
        return lambda view: str(wire.keys_of(view, here.recording.season_of(view))[position]) == value

    return make


def _by_title(of: Callable[[ServerTitle, str], bool]) -> Callable[[TautulliServer, str], Test]:
    def make(here: TautulliServer, value: str) -> Test:
        def test(view: ViewEvent) -> bool:
            title = here.recording.title(view.title)
            return title is not None and of(title, value)

        return test

    return make


def _on_day(_here: TautulliServer, value: str) -> Test:
    day = _day(value)
    return lambda view: datetime.fromtimestamp(view.at, UTC).date() == day.date()


def _after(_here: TautulliServer, value: str) -> Test:
    """The named day is left out."""
    first = (_day(value) + timedelta(days=1)).timestamp()
    return lambda view: view.at >= first


def _before(_here: TautulliServer, value: str) -> Test:
    """The named day is left out."""
    end = _day(value).timestamp()
    return lambda view: view.at < end


def _day(value: str) -> datetime:
    return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)


_FILTERS: Mapping[str, Callable[[TautulliServer, str], Test]] = {
    "user": lambda here, value: lambda view: here.world.people[view.person].name == value,
    "user_id": lambda here, value: lambda view: str(here.world.people[view.person].plex_id) == value,
    "rating_key": _by_key(0),
    "parent_rating_key": _by_key(1),
    "grandparent_rating_key": _by_key(2),
    "section_id": _by_title(lambda title, value: str(title.section) == value),
    "search": _by_title(lambda title, value: value.lower() in title.title.lower()),
    "media_type": lambda _here, value: lambda view: ("episode" if view.season or view.episode else "movie") == value,
    "start_date": _on_day,
    "after": _after,
    "before": _before,
}


def _number(call: Call, name: str, otherwise: int) -> int | None:
    text = call.text(name)
    if text is None:
        return otherwise
    return int(text) if text.isdecimal() else None
