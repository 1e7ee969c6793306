"""The titles that Tracearr's rows are about, by the ids and names they carry."""

from dataclasses import dataclass, field
from typing import NamedTuple

from libs.common.domain.enums import TitleKind
from libs.common.domain.titles import title_key
from libs.integrations.audience import SourceTitle
from libs.integrations.loose import Scalar, imdb_id, positive, text
from libs.integrations.tracearr.rows import SessionRow, TallyRow

KINDS = {"movie": TitleKind.MOVIE, "episode": TitleKind.TV}


class Ids(NamedTuple):
    """What a title is called outside."""

    tmdb_id: int | None = None
    tvdb_id: int | None = None
    imdb_id: str | None = None


NO_IDS = Ids()


@dataclass(slots=True)
class KnownIds:
    """Outside ids of movies and shows by Tracearr's own: plays of episodes do not carry those of their show."""

    _by_media: dict[str, Ids] = field(default_factory=dict)

    def learn(self, title: SourceTitle) -> None:
        """Keep the ids of a title that goes by Tracearr's own id."""
        self._by_media[title.native_id] = Ids(title.tmdb_id, title.tvdb_id, title.imdb_id)

    def of(self, media_id: Scalar) -> Ids:
        """The ids of a title; none when it is not known."""
        return self._by_media.get(text(media_id), NO_IDS)


def tallied_title(row: TallyRow, kind: TitleKind, server: str) -> SourceTitle | None:
    """The movie or show that was counted, by Tracearr's own id; None when the row names none."""
    if kind is TitleKind.MOVIE:
        native, name, year = text(row.media_id), text(row.title), positive(row.year)
        ids = Ids(positive(row.tmdb_id), positive(row.tvdb_id), imdb_id(row.imdb_id))
    else:
        # The year of such a row may be the episode's.
        native, name, year = text(row.show_media_id), text(row.show_title), None
        ids = Ids(positive(row.show_tmdb_id), positive(row.show_tvdb_id), imdb_id(row.show_imdb_id))
    return _title(native, kind, name, year, server, ids)


def watched_title(row: SessionRow, kind: TitleKind, known: KnownIds) -> SourceTitle | None:
    """The movie or show that somebody watched, by the media server's id where it is told; None when none is named."""
    server = text(row.server_id)
    if kind is TitleKind.MOVIE:
        native, name, year = text(row.rating_key) or text(row.media_id), text(row.media_title), positive(row.year)
        own = Ids(positive(row.tmdb_id), positive(row.tvdb_id), imdb_id(row.imdb_id))
        learned = known.of(row.media_id)
    else:
        native = text(row.grandparent_rating_key) or text(row.show_media_id)
        name, year = text(row.show_title), None
        own = Ids(positive(row.show_tmdb_id), positive(row.show_tvdb_id), imdb_id(row.show_imdb_id))
        learned = known.of(row.show_media_id)
    return _title(native, kind, name, year, server, own if any(own) else learned)


def _title(native: str, kind: TitleKind, name: str, year: int | None, server: str, ids: Ids) -> SourceTitle | None:
    """By its id, or, in releases that tell none, by its name."""
    native_id = native or _by_name(kind, name, year)
    if not native_id:
        return None
    return SourceTitle(
        native_id=native_id,
        kind=kind,
        title=name,
        year=year,
        server=server,
        tmdb_id=ids.tmdb_id,
        tvdb_id=ids.tvdb_id,
        imdb_id=ids.imdb_id,
    )


def _by_name(kind: TitleKind, name: str, year: int | None) -> str:
    key = title_key(name)
    return f"{kind.value}:{key}:{year or ''}" if key else ""
