"""The rows that both servers share, field by field; what one of them spells differently is handed in."""

from datetime import UTC, datetime
from typing import Any

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle
from libs.simulator.mediabrowser.catalogue import Item
from libs.simulator.mediabrowser.listing import name_of, title_name

_TICKS_PER_S = 10_000_000
_FOLDERS = frozenset({"Series", "Season", "BoxSet", "CollectionFolder"})


def moment(at: datetime | int) -> str:
    """A time with seven digits behind the point, from a time or from epoch seconds."""
    found = datetime.fromtimestamp(at, UTC) if isinstance(at, int) else at
    return f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.0000000Z"


def ticks(seconds: int) -> int:
    """A length of time in the servers' unit."""
    return seconds * _TICKS_PER_S


def is_folder(item: Item) -> bool:
    """Whether the item only holds others."""
    return item.type in _FOLDERS


def path_of(item: Item) -> str:
    """Where the item lies: a movie's or episode's file, the folder of everything else."""
    title = item.title
    if title is None:
        return f"/config/{title_name(item)}"
    if item.season is None:
        is_file = title.kind is TitleKind.MOVIE
        return f"{title.path}/{title.path.rpartition('/')[2]}.mkv" if is_file else title.path
    folder = f"{title.path}/Season {item.season.number:02d}"
    if not item.episode:
        return folder
    return f"{folder}/{title.title} - S{item.season.number:02d}E{item.episode:02d}.mkv"


def provider_ids(item: Item) -> dict[str, str]:
    """The outside ids as text; a show's episodes have others than the show."""
    title = item.title
    if item.collection is not None:
        return {"Tmdb": str(item.collection.tmdb_id)} if item.collection.tmdb_id else {}
    if title is None or not title.has_ids:
        return {}
    if item.season is not None:
        return {"Tvdb": str(title.tvdb_id * 100 + item.season.number)} if not item.episode else {}
    found = {"Tmdb": title.tmdb_id, "Tvdb": title.tvdb_id, "Imdb": title.imdb_id}
    return {name: str(value) for name, value in found.items() if value}


def basic_row(item: Item, ids: dict[str, str]) -> dict[str, Any]:
    """What every row has. `ids` are the item's own (`Id`), its series' and its season's, as text."""
    row: dict[str, Any] = {"Name": name_of(item), **ids, "IsFolder": is_folder(item), "Type": item.type}
    title = item.title
    if title is None:
        return row
    if item.season is not None:
        row["SeriesName"] = title.title
        row["IndexNumber"] = item.episode or item.season.number
    if item.episode and item.season is not None:
        row["ParentIndexNumber"] = item.season.number
        row["SeasonName"] = name_of(item._replace(episode=0))
    if not is_folder(item):
        row["RunTimeTicks"] = ticks(title.runtime_s)
    return row


def asked_fields(item: Item, wanted: frozenset[str]) -> dict[str, Any]:
    """What a row has only when its field was asked for."""
    row: dict[str, Any] = {}
    if "ProviderIds" in wanted:
        row["ProviderIds"] = provider_ids(item)
    if "Path" in wanted:
        row["Path"] = path_of(item)
    if "DateCreated" in wanted and item.title is not None:
        row["DateCreated"] = moment(item.title.added_at)
    return row


def title_of(item: Item) -> ServerTitle | None:
    """The movie or show that the item itself is; None for what is only a part of one."""
    return item.title if item.season is None else None
