"""From a user's relation to an item to a play: the servers count, they keep no single plays."""

from libs.integrations.audience import Play, PlayNotes
from libs.integrations.loose import claim, moment, season, size, text
from libs.integrations.mediabrowser.rows import ItemRow, UserDataRow
from libs.integrations.mediabrowser.titles import home_of, item_id

EPISODE = "Episode"
_NO_DATA = UserDataRow()


def is_dated(row: ItemRow) -> bool:
    """Whether the user has ever started it: the servers note the time when playback begins."""
    return moment((row.user_data or _NO_DATA).last_played_date) is not None


def is_played(row: ItemRow) -> bool:
    """Whether the user has come to its end, or has marked it so by hand."""
    return claim((row.user_data or _NO_DATA).played) is True


def is_begun(row: ItemRow) -> bool:
    """Whether the user stopped in the middle."""
    return (size((row.user_data or _NO_DATA).playback_position_ticks) or 0) > 0


def play_of(row: ItemRow, user_id: str, notes: PlayNotes) -> Play | None:
    """What the user did with a movie or an episode; None when it is nothing, or belongs to no title (noted then)."""
    data = row.user_data or _NO_DATA
    count = size(data.play_count)
    plays = max(count or 0, 1 if is_played(row) else 0)
    if not (plays or is_begun(row) or is_dated(row)):
        return None
    if count is None:
        notes.is_partial = "The server leaves play counts out of its lists, so that only some plays are known."
    title_id = home_of(row)
    if not title_id:
        notes.leave_out(text(row.series_name) or text(row.name))
        return None
    return _counted(row, plays, title_id, user_id, notes)


def _counted(row: ItemRow, plays: int, title_id: str, user_id: str, notes: PlayNotes) -> Play:
    is_episode = text(row.type) == EPISODE
    number = season(row.parent_index_number) if is_episode else None
    if is_episode and number is None:
        notes.tells_seasons = False
    native_id = item_id(row.id)
    return Play(
        play_id=f"{user_id}:{native_id}",
        title_id=title_id,
        user_id=user_id,
        last_played_at=moment((row.user_data or _NO_DATA).last_played_date),
        plays=plays,
        season_number=number,
        episode_id=native_id if is_episode else "",
        is_count=True,
    )
