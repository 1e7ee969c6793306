"""From the rows of a library to our titles, and to the labels, wishes and memberships that go with them."""

import re

from libs.common.domain.enums import TitleKind
from libs.common.domain.paths import normalise_path
from libs.integrations.audience import SourceTitle, TitleLabel
from libs.integrations.loose import Scalar, imdb_id, moment, positive, scalars, several, text
from libs.integrations.mediabrowser.rows import ItemRow

MOVIE, SERIES, BOX_SET = "Movie", "Series", "BoxSet"
_KINDS = {MOVIE: TitleKind.MOVIE, SERIES: TitleKind.TV}
_PARTS = frozenset({"Season", "Episode"})
_DISC_FOLDERS = frozenset({"dvd", "bluray"})
"""Movies of these types are folders themselves."""

_ITEM_ID = re.compile(r"[0-9a-f]{32}|[0-9]{1,19}")


def item_id(value: Scalar) -> str:
    """An item's id in its one spelling; empty when it is none."""
    found = text(value).replace("-", "").lower()
    return found if _ITEM_ID.fullmatch(found) and found.strip("0") else ""


def title_of(row: ItemRow) -> SourceTitle | None:
    """The movie or show; None for an item of another type."""
    kind = _KINDS.get(text(row.type))
    if kind is None:
        return None
    ids = {name.lower(): value for name, value in (row.provider_ids or {}).items()}
    return SourceTitle(
        native_id=item_id(row.id),
        kind=kind,
        title=text(row.name),
        year=positive(row.production_year),
        tmdb_id=positive(ids.get("tmdb")),
        tvdb_id=positive(ids.get("tvdb")),
        imdb_id=imdb_id(ids.get("imdb")),
        folders=tuple(filter(None, [folder_of(row, kind)])),
        added_at=moment(row.date_created),
    )


def folder_of(row: ItemRow, kind: TitleKind) -> str:
    """The folder of a show, or the one in which a movie's file lies; empty when the row does not say."""
    path = normalise_path(text(row.path))
    if kind is not TitleKind.MOVIE or text(row.video_type).lower() in _DISC_FOLDERS:
        return path
    return path.rpartition("/")[0]


def home_of(row: ItemRow) -> str:
    """The id of the title that an item is, or is a part of; empty for what belongs to none."""
    found = text(row.type)
    if found in _KINDS:
        return item_id(row.id)
    return item_id(row.series_id) if found in _PARTS else ""


def labels_of(row: ItemRow) -> list[TitleLabel]:
    """The tags of a title, each once, as they are spelt."""
    named = [text(tag.name) for tag in several(row.tag_items)] or [text(tag) for tag in scalars(row.tags)]
    return [TitleLabel(item_id(row.id), label) for label in dict.fromkeys(filter(None, named))]
