"""What a client told, as staged rows in the order of `columns.py`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from libs.common.domain.enums import Capability
from libs.common.domain.titles import title_key
from libs.integrations.audience import (
    CollectionMember,
    Play,
    ServerRef,
    SourceTitle,
    SourceUser,
    TitleLabel,
    TitleRequest,
    Wish,
)

Row = tuple[Any, ...]


def title_row(title: SourceTitle, *, is_listed: bool = True) -> Row:
    """A title with its comparable form."""
    return (
        title.server,
        title.native_id,
        title.kind.value,
        _text(title.title),
        title_key(title.title),
        title.year,
        title.tmdb_id,
        title.tvdb_id,
        title.imdb_id,
        title.mb_id,
        list(title.guids),
        [_text(folder) for folder in title.folders],
        title.added_at,
        is_listed,
    )


def named_rows(titles: Iterable[SourceTitle]) -> list[Row]:
    """Titles that are known from plays only."""
    return [title_row(title, is_listed=False) for title in titles]


def play_row(play: Play) -> Row:
    """A play, or a count of plays."""
    return (
        play.play_id,
        play.server,
        play.title_id,
        play.user_id,
        play.season_number,
        play.episode_id,
        play.last_played_at,
        play.plays,
        play.is_count,
    )


def wish_row(wish: Wish) -> Row:
    """An entry of somebody's watchlist."""
    return (wish.server, wish.title_id, wish.user_id)


def member_row(member: CollectionMember) -> Row:
    """A title in a collection."""
    return (member.collection_id, member.title_id, _text(member.name), member.is_smart)


def label_row(label: TitleLabel) -> Row:
    """A label of a title."""
    return (label.title_id, _text(label.label).strip())


def request_row(request: TitleRequest) -> Row:
    """A request."""
    return (
        request.request_id,
        request.kind.value,
        request.counts,
        request.is_pending,
        request.user_id,
        _text(request.requested_by),
        request.requested_at,
        request.tmdb_id,
        request.tvdb_id,
        request.imdb_id,
        request.arr_id,
        sorted(request.seasons),
        request.is_4k,
    )


def user_row(user: SourceUser) -> Row:
    """A person."""
    names = list(dict.fromkeys(name for each in user.names if (name := _text(each).strip())))
    return (user.user_id, names, sorted(user.ids), user.is_readable)


def server_row(server: ServerRef) -> Row:
    """A media server as the source names it."""
    return (server.server, server.identity, None if server.type is None else server.type.value, _text(server.name))


ROWS: Mapping[Capability, Callable[[Any], Row]] = {
    Capability.TITLES: title_row,
    Capability.PLAYS: play_row,
    Capability.WISHES: wish_row,
    Capability.COLLECTIONS: member_row,
    Capability.LABELS: label_row,
    Capability.REQUESTS: request_row,
}


def _text(value: str) -> str:
    """Postgres keeps no NUL character; one in a name must not fail the whole source."""
    return value.replace("\x00", "")
