"""From Plex's movies and shows to our titles."""

from collections.abc import Iterator

from libs.common.domain.enums import TitleKind
from libs.common.domain.paths import normalise_path
from libs.integrations.audience import SourceTitle
from libs.integrations.loose import Scalar, moment, positive, several, text
from libs.integrations.plex.guids import outside_ids, own_guids
from libs.integrations.plex.rows import TitleRow


def native_id(rating_key: Scalar) -> str:
    """A rating key as we keep it; empty when it is none."""
    found = positive(rating_key)
    return "" if found is None else str(found)


def title_of(row: TitleRow, kind: TitleKind) -> SourceTitle | None:
    """The title; None when the row has no rating key."""
    key = native_id(row.rating_key)
    if not key:
        return None
    guid = text(row.guid)
    ids = outside_ids(guid, (text(each.id) for each in several(row.guids)), kind)
    return SourceTitle(
        native_id=key,
        kind=kind,
        title=text(row.title),
        year=positive(row.year),
        tmdb_id=ids.tmdb_id,
        tvdb_id=ids.tvdb_id,
        imdb_id=ids.imdb_id,
        guids=own_guids(guid),
        folders=tuple(dict.fromkeys(_folders(row))),
        added_at=moment(row.added_at),
    )


def has_outside_ids(title: SourceTitle) -> bool:
    """False for a title that no other system can know by number, such as a home video."""
    return not (title.tmdb_id is None and title.tvdb_id is None and title.imdb_id is None)


def _folders(row: TitleRow) -> Iterator[str]:
    """The folders of a movie's files, and the locations of a show where the row tells them."""
    for location in several(row.locations):
        if folder := normalise_path(text(location.path)):
            yield folder
    for media in several(row.media):
        for part in several(media.parts):
            if folder := normalise_path(text(part.file)).rpartition("/")[0]:
                yield folder
