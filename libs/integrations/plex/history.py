"""From rows of Plex's history to plays. Which show an episode belongs to, a row tells in some versions only."""

import re
from collections.abc import Hashable
from dataclasses import dataclass

from libs.common.domain.enums import TitleKind
from libs.common.domain.titles import title_key
from libs.integrations.audience import Play, SourceTitle
from libs.integrations.loose import Scalar, moment, positive, season, text
from libs.integrations.plex.rows import ViewRow
from libs.integrations.plex.titles import native_id

_ITEM = re.compile(r"/library/metadata/(\d+)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an episode belongs; `season` None: not told."""

    show: str
    season: int | None


def view_identity(row: ViewRow) -> Hashable:
    """What tells rows apart, also when they slide to another page."""
    return text(row.history_key) or (row.rating_key, row.viewed_at, row.account_id, row.title)


def play_id(row: ViewRow) -> str:
    """The number of the history row; else what it is about, when and who."""
    number = text(row.history_key).rpartition("/")[2]
    return number or f"{text(row.rating_key)}:{text(row.viewed_at)}:{text(row.account_id)}"


def item_id(row: ViewRow) -> str:
    """The rating key of what was played; empty when it was removed."""
    return native_id(row.rating_key) or id_in(row.key)


def id_in(path: Scalar) -> str:
    """The rating key in the path of an item; empty when there is none."""
    match = _ITEM.match(text(path))
    return "" if match is None else native_id(match[1])


def told_place(row: ViewRow) -> Place | None:
    """Show and season as the row itself tells them; None when it does not tell the show."""
    show = id_in(row.grandparent_key)
    return Place(show, season(row.parent_index)) if show else None


def is_episode(row: ViewRow) -> bool:
    return text(row.type) == "episode"


def is_movie(row: ViewRow) -> bool:
    return text(row.type) == "movie"


def movie_play(row: ViewRow) -> Play | None:
    """The play of a movie; one that was removed goes by its name. None when nothing tells which it was."""
    title = item_id(row) or _former(row)
    return _play(row, title, season=None, episode="") if title else None


def _former(row: ViewRow) -> str:
    """A movie that was removed, by name and year: files that moved come back as another item of the library."""
    key = title_key(text(row.title))
    return f"former:{key}:{_year(row) or ''}" if key else ""


def _year(row: ViewRow) -> int | None:
    return positive(text(row.originally_available_at)[:4])


def episode_play(row: ViewRow, place: Place) -> Play:
    """The play of an episode."""
    return _play(row, place.show, season=place.season, episode=item_id(row))


def _play(row: ViewRow, title: str, *, season: int | None, episode: str) -> Play:
    return Play(
        play_id=play_id(row),
        title_id=title,
        user_id=native_id(row.account_id),
        last_played_at=moment(row.viewed_at),
        season_number=season,
        episode_id=episode,
    )


def history_title(row: ViewRow, native: str) -> SourceTitle:
    """What the history itself knows of the title: a movie's name and year, a show's name."""
    if is_movie(row):
        return SourceTitle(native, TitleKind.MOVIE, text(row.title), _year(row))
    return SourceTitle(native, TitleKind.TV, text(row.grandparent_title))


def example(row: ViewRow) -> str:
    """The row's name for a person."""
    return named(row.grandparent_title, row.title)


def named(show: Scalar, title: Scalar) -> str:
    """An episode behind its show, or a title alone."""
    return ": ".join(name for name in (text(show), text(title)) if name) or "(no name)"
