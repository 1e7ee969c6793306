"""Plays from Tracearr's rows: counted ones per movie and episode, and single ones with their time and person."""

from datetime import UTC, datetime, timedelta

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import Play, SourceTitle
from libs.integrations.loose import Scalar, claim, moment, number, season, size, text
from libs.integrations.tracearr.rows import SessionRow, TallyRow

_PLAY_MS = 120_000
_DAY = timedelta(days=1)
_INSTANT = timedelta(seconds=1)


def counted(row: TallyRow, title: SourceTitle, now: datetime) -> Play:
    """All plays of a movie or episode on the title's server, by whomever. The row stands for one play at least."""
    is_episode, plays = title.kind is TitleKind.TV, size(row.plays)
    media_id = text(row.media_id)
    return Play(
        play_id=f"count:{title.server}:{media_id or title.native_id}",
        title_id=title.native_id,
        user_id="",
        last_played_at=end_of_day(row.last_watched_day, now),
        plays=1 if plays is None else plays,
        server=title.server,
        season_number=season(row.season_number) if is_episode else None,
        episode_id=media_id if is_episode else "",
        is_count=True,
    )


def single(row: SessionRow, title: SourceTitle) -> Play:
    """One session."""
    is_episode = title.kind is TitleKind.TV
    times = [found for value in (row.started_at, row.stopped_at) if (found := moment(value)) is not None]
    return Play(
        play_id=text(row.id),
        title_id=title.native_id,
        user_id="" if row.user is None else text(row.user.id),
        last_played_at=max(times, default=None),
        plays=1 if _is_play(row) else 0,
        server=title.server,
        season_number=season(row.season_number) if is_episode else None,
        episode_id=_episode_id(row) if is_episode else "",
    )


def end_of_day(value: Scalar, now: datetime) -> datetime | None:
    """The end of a day in UTC, which errs towards keeping; of today, now."""
    found = moment(value)
    if found is None:
        return None
    start = datetime(found.year, found.month, found.day, tzinfo=UTC)
    end = start + _DAY - _INSTANT
    return now if start <= now < end else end


def _is_play(row: SessionRow) -> bool:
    """Two minutes, or as much as Tracearr itself calls watched. A session that says nothing about it is a play."""
    lengths = [found for value in (row.progress_ms, row.duration_ms) if (found := number(value)) is not None]
    watched = claim(row.watched)
    if watched is None and not lengths:
        return True
    return watched is True or any(length >= _PLAY_MS for length in lengths)


def _episode_id(row: SessionRow) -> str:
    """Tracearr's own id, as the counts have it, else the media server's, else its place in the show."""
    place = f"{text(row.season_number)}x{text(row.episode_number)}"
    return text(row.media_id) or text(row.rating_key) or (place if place != "x" else "")
