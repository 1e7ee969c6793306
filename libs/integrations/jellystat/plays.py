"""From rows of Jellystat's tables to plays, and to the titles that the history knows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import Play, PlayNotes, SourceTitle
from libs.integrations.jellystat.rows import PlayRow
from libs.integrations.jellystat.tables import Told
from libs.integrations.jellystat.twins import Twins
from libs.integrations.loose import Scalar, moment, number, positive, season, text

PLAY_FROM_S = 120
_UNREADABLE_ROW = "(a row that cannot be read)"
_NO_IDS = frozenset({"", "0", "-1", "0" * 32})


def native_key(value: Scalar) -> str:
    """An id of the media server as we keep it: without dashes, in lower case; empty when it is none."""
    found = text(value).replace("-", "").lower()
    return "" if found in _NO_IDS else found


def is_episode(row: PlayRow) -> bool:
    return bool(native_key(row.episode_id) or native_key(row.season_id))


@dataclass(slots=True)
class Taking:
    """Takes in rows, newest first, and notes what they tell besides. `seasons` are numbers of seasons by their id."""

    notes: PlayNotes
    seasons: Mapping[str, int] = field(default_factory=dict)
    twins: Twins = field(default_factory=Twins)

    def single(self, rows: Iterable[Told]) -> list[Play]:
        """Rows that are one play each. Of an imported row and its twin only the first is taken."""
        return self._take(rows, self._single)

    def grouped(self, rows: Iterable[Told]) -> list[Play]:
        """Rows that are all plays of one thing by one user."""
        return self._take(rows, self._grouped)

    def _take(self, rows: Iterable[Told], make: Callable[[PlayRow], Play | None]) -> list[Play]:
        found = []
        for each in rows:
            if each.row is None:
                self.notes.leave_out(_UNREADABLE_ROW)
            elif not native_key(each.row.now_playing_item_id) or not text(each.row.id):
                self.notes.leave_out(_name(each.row))
            elif (play := make(each.row)) is not None:
                found.append(play)
                self._note(each.row, play)
        return found

    def _single(self, row: PlayRow) -> Play | None:
        if self.twins.is_second(row):
            return None
        return self._play(row, text(row.id), plays=0 if _was_broken_off(row.playback_duration) else 1)

    def _grouped(self, row: PlayRow) -> Play:
        thing = native_key(row.episode_id) or native_key(row.now_playing_item_id)
        return self._play(row, f"{native_key(row.user_id)}:{thing}", plays=counted(row), is_count=True)

    def _play(self, row: PlayRow, play_id: str, *, plays: int, is_count: bool = False) -> Play:
        return Play(
            play_id=play_id,
            title_id=native_key(row.now_playing_item_id),
            user_id=native_key(row.user_id),
            last_played_at=moment(row.activity_date_inserted),
            plays=plays,
            season_number=self._season(row) if is_episode(row) else None,
            episode_id=native_key(row.episode_id),
            is_count=is_count,
        )

    def _season(self, row: PlayRow) -> int | None:
        told = season(row.season_number)
        return self.seasons.get(native_key(row.season_id)) if told is None else told

    def _note(self, row: PlayRow, play: Play) -> None:
        """Keep what the newest row about a title tells about it."""
        if is_episode(row) and play.season_number is None:
            self.notes.tells_seasons = False
        key = (play.server, play.title_id)
        if key not in self.notes.titles:
            self.notes.titles[key] = title_of(row)


def title_of(row: PlayRow) -> SourceTitle:
    """The title as the row tells it: by its name only."""
    native_id = native_key(row.now_playing_item_id)
    if is_episode(row):
        return SourceTitle(native_id, TitleKind.TV, text(row.series_name))
    return SourceTitle(native_id, TitleKind.MOVIE, text(row.now_playing_item_name))


def counted(row: PlayRow) -> int:
    """The plays of a grouped row: of its single ones where they are there, else its count.

    Movies have neither; behind the newest play, which may have been broken off, can be others: at least one.
    """
    if row.results:
        return sum(not _was_broken_off(each.playback_duration) for each in row.results)
    return positive(row.total_plays) or 1


def _was_broken_off(duration: Scalar) -> bool:
    """True when it is known that too little was seen. What is not known counts as seen: that never frees an item."""
    seconds = number(duration)
    return seconds is not None and seconds < PLAY_FROM_S


def _name(row: PlayRow) -> str:
    names = (text(row.series_name), text(row.now_playing_item_name))
    return ": ".join(name for name in names if name) or "(no name)"
