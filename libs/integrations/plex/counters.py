"""Plays out of the counters in library rows. They are those of one user only: the one whose token it is."""

from libs.integrations.audience import Play
from libs.integrations.loose import moment, positive, season
from libs.integrations.plex.rows import LeafRow, TitleRow
from libs.integrations.plex.titles import native_id


def movie_count(row: TitleRow, user: str) -> Play | None:
    """The plays of a movie; None when there are none."""
    key, plays = native_id(row.rating_key), positive(row.view_count)
    if not key or plays is None:
        return None
    return Play(
        play_id=f"count-{key}",
        title_id=key,
        user_id=user,
        last_played_at=moment(row.last_viewed_at),
        plays=plays,
        is_count=True,
    )


def is_seen(row: LeafRow) -> bool:
    """True when the episode was played at all."""
    return positive(row.view_count) is not None


def episode_count(row: LeafRow, user: str) -> Play | None:
    """The plays of an episode that was seen; None when it names no show."""
    key, show = native_id(row.rating_key), native_id(row.grandparent_rating_key)
    if not key or not show:
        return None
    return Play(
        play_id=f"count-{key}",
        title_id=show,
        user_id=user,
        last_played_at=moment(row.last_viewed_at),
        plays=positive(row.view_count) or 0,
        season_number=season(row.parent_index),
        episode_id=key,
        is_count=True,
    )
