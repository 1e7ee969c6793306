"""From rows of Tautulli's history to plays, and to the titles that the history knows."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import Play, PlayNotes, SourceTitle
from libs.integrations.loose import Scalar, claim, moment, number, positive, row_or_none, season, text
from libs.integrations.plex.guids import outside_ids, own_guids
from libs.integrations.tautulli.rows import HistoryRow

PLAY_FROM_S = 120
PLAY_FROM_SHARE = 0.5
_KINDS = {"movie": TitleKind.MOVIE, "episode": TitleKind.TV}
_OTHER_MEDIA = frozenset({"track", "clip", "live", "photo"})
_UNREADABLE_ROW = "(a row that cannot be read)"


class Told(NamedTuple):
    """A row with what tells it apart from others: its own number, or without one its place in the list.

    `row` None: it has another shape than rows have.
    """

    identity: str
    row: HistoryRow | None


def told(raw: msgspec.Raw, place: int) -> Told:
    """The row at a place of the list."""
    row = row_or_none(raw, HistoryRow)
    return Told((row and row_number(row)) or f"@{place}", row)


def row_number(row: HistoryRow) -> str:
    """The row's own number; empty for a session that is still under way."""
    return native_key(row.row_id) or native_key(row.id)


def native_key(value: Scalar) -> str:
    """A rating key or an id as we keep it; empty when it is none."""
    found = positive(value)
    return "" if found is None else str(found)


def since_then(rows: Iterable[Told], then: datetime) -> list[Told]:
    """The rows that did not begin before that; what does not tell its start is among them."""
    starts = ((each, None if each.row is None else started_at(each.row)) for each in rows)
    return [each for each, start in starts if start is None or start >= then]


def started_at(row: HistoryRow) -> datetime | None:
    return moment(row.date) or moment(row.started)


def take_in(rows: Iterable[Told], notes: PlayNotes) -> list[Play]:
    """The plays of movies and episodes; rows that name no title are counted in the notes."""
    found = []
    for each in rows:
        if each.row is None:
            notes.leave_out(_UNREADABLE_ROW)
        elif _is_about_a_title(each.row):
            play = play_of(each.row)
            if play is None:
                notes.leave_out(_name(each.row))
            else:
                found.append(play)
                _note(each.row, play, notes)
    return found


def _is_about_a_title(row: HistoryRow) -> bool:
    """False for music, clips and television, and for sessions that are still under way."""
    is_running = not row_number(row) and text(row.state) != ""
    return not is_running and text(row.media_type) not in _OTHER_MEDIA and claim(row.live) is not True


def play_of(row: HistoryRow) -> Play | None:
    """One row as a play, or as activity that is none; None when it does not tell its number or its title."""
    kind, play_id = _KINDS.get(text(row.media_type)), row_number(row)
    title_id = native_key(row.rating_key if kind is TitleKind.MOVIE else row.grandparent_rating_key)
    if kind is None or not play_id or not title_id:
        return None
    is_episode = kind is TitleKind.TV
    return Play(
        play_id=play_id,
        title_id=title_id,
        user_id=native_key(row.user_id),
        last_played_at=moment(row.stopped) or started_at(row),
        plays=0 if _was_broken_off(row) else 1,
        season_number=season(row.parent_media_index) if is_episode else None,
        episode_id=native_key(row.rating_key) if is_episode else "",
    )


def _was_broken_off(row: HistoryRow) -> bool:
    """True when it is known that too little was seen. What is not known counts as seen: that never frees an item."""
    share, seconds = number(row.watched_status), number(row.play_duration)
    if seconds is None:
        seconds = number(row.duration)
    return share is not None and share < PLAY_FROM_SHARE and seconds is not None and seconds < PLAY_FROM_S


def _note(row: HistoryRow, play: Play, notes: PlayNotes) -> None:
    """Keep what the newest row about a title tells about it."""
    if text(row.media_type) == "episode" and play.season_number is None:
        notes.tells_seasons = False
    key = (play.server, play.title_id)
    if key not in notes.titles:
        notes.titles[key] = title_of(row, play.title_id)


def title_of(row: HistoryRow, native_id: str) -> SourceTitle:
    """The title as the row tells it. An episode's row has the year and the new kind of guid of the episode only."""
    kind, guid = _KINDS[text(row.media_type)], text(row.guid)
    ids = outside_ids(guid, (), kind)
    is_movie = kind is TitleKind.MOVIE
    return SourceTitle(
        native_id=native_id,
        kind=kind,
        title=text(row.title) if is_movie else text(row.grandparent_title),
        year=positive(row.year) if is_movie else None,
        tmdb_id=ids.tmdb_id,
        tvdb_id=ids.tvdb_id,
        imdb_id=ids.imdb_id if is_movie else None,
        guids=own_guids(guid) if is_movie else (),
    )


def _name(row: HistoryRow) -> str:
    return text(row.full_title) or text(row.title) or "(no name)"
