"""The rows of a Plex library: movies, shows, seasons, episodes and collections."""

from dataclasses import dataclass
from typing import Any

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import Section, ServerCollection, ServerTitle
from libs.simulator.plex.guids import agent_of, guid_of, leaf_guid, leaf_ids, outside_ids
from libs.simulator.plex.server import PlexServer
from libs.simulator.plex.shelf import Leaf
from libs.simulator.plex.views import NOTHING

Row = dict[str, Any]
_TAGS_IN_LISTS = 2


@dataclass(frozen=True, slots=True)
class Rows:
    """Builds rows for one viewer. `guids`: with outside ids; `is_full`: with all tags, labels and locked fields."""

    here: PlexServer
    viewer: int
    guids: bool = False
    is_full: bool = False

    def title(self, title: ServerTitle) -> Row:
        """A movie or show."""
        return self._movie(title) if title.kind is TitleKind.MOVIE else self._show(title)

    def _movie(self, title: ServerTitle) -> Row:
        file = f"{title.path}/{title.path.rpartition('/')[2]}.mkv"
        return (
            self._head(title, "movie", "")
            | self._seen(title.native)
            | self._media(title.native, file, title.size_bytes, title.runtime_s)
            | self._tail(title)
        )

    def _show(self, title: ServerTitle) -> Row:
        views = self.here.views(self.viewer)
        row = self._head(title, "show", "/children")
        row |= {
            "index": 1,
            "leafCount": sum(season.episodes for season in title.seasons),
            "viewedLeafCount": views.leaves.get(title.native, 0),
            "childCount": len(title.seasons),
        }
        if self.is_full:
            row["Location"] = [{"path": title.path}]
        return row | self._seen(title.native) | self._tail(title)

    def _head(self, title: ServerTitle, kind: str, below: str) -> Row:
        updated_at = artwork_stamp(self.here, title)
        row: Row = {
            "ratingKey": str(title.native),
            "key": f"/library/metadata/{title.native}{below}",
            "guid": guid_of(title, legacy=self._is_legacy),
            "type": kind,
            "title": title.title,
            "summary": title.overview,
            "year": title.year,
            "thumb": f"/library/metadata/{title.native}/thumb/{updated_at}",
            "art": f"/library/metadata/{title.native}/art/{updated_at}",
            "duration": title.runtime_s * 1000,
            "originallyAvailableAt": f"{title.year}-09-20",
            "addedAt": int(title.added_at.timestamp()),
            "updatedAt": updated_at,
        }
        return {name: value for name, value in row.items() if value != ""}

    def _tail(self, title: ServerTitle) -> Row:
        names = [self.here.media.collections[native].name for native in self._collections(title)]
        row: Row = {
            "Genre": [{"tag": genre} for genre in title.genres],
            "Collection": [{"tag": name} for name in names],
        }
        if self.is_full:
            row |= self._full(title)
        else:
            row = {name: tags[:_TAGS_IN_LISTS] for name, tags in row.items()}
        if self.guids and not self._is_legacy:
            row["Guid"] = outside_ids(title)
        return {name: tags for name, tags in row.items() if tags}

    def _full(self, title: ServerTitle) -> Row:
        media = self.here.media
        return {
            "librarySectionID": title.section,
            "librarySectionTitle": media.sections[title.section].name,
            "Genre": [_tag("genre", 31 + index, tag) for index, tag in enumerate(title.genres)],
            "Collection": [
                _tag("collection", native, media.collections[native].name) for native in self._collections(title)
            ],
            "Label": [_tag("label", self.here.label_key(label), spelled(label)) for label in title.labels],
            "Field": [{"locked": True, "name": name} for name in sorted(self.here.locked.get(title.native, ()))],
        }

    def _collections(self, title: ServerTitle) -> list[int]:
        return self.here.shelf.collections_of.get(title.native, [])

    def leaf(self, leaf: Leaf) -> Row:
        """A season or episode."""
        row = self._leaf_head(leaf) | self._seen(leaf.native)
        if not leaf.number:
            return row | {"leafCount": leaf.season.episodes}
        show = leaf.title
        folder = f"{show.path}/Season {leaf.season.number:02d}"
        name = f"{show.path.rpartition('/')[2]} - S{leaf.season.number:02d}E{leaf.number:02d}.mkv"
        count = sum(season.episodes for season in show.seasons)
        row |= self._media(leaf.native, f"{folder}/{name}", show.size_bytes // count, show.runtime_s)
        if self.guids and not self._is_legacy and (ids := leaf_ids(leaf)):
            row["Guid"] = ids
        return row

    def _leaf_head(self, leaf: Leaf) -> Row:
        show, season = leaf.title, leaf.season
        row = {
            "ratingKey": str(leaf.native),
            "key": f"/library/metadata/{leaf.native}" if leaf.number else f"/library/metadata/{leaf.native}/children",
            "guid": leaf_guid(leaf, legacy=self._is_legacy),
            "type": "episode" if leaf.number else "season",
            "title": f"Episode {leaf.number}" if leaf.number else f"Season {season.number}",
            "index": leaf.number or season.number,
            "addedAt": int(show.added_at.timestamp()),
            "duration": show.runtime_s * 1000,
        }
        if not leaf.number:
            return row | {"parentRatingKey": str(show.native), "parentTitle": show.title}
        return row | {
            "parentRatingKey": str(season.native),
            "grandparentRatingKey": str(show.native),
            "grandparentGuid": guid_of(show, legacy=self._is_legacy),
            "grandparentTitle": show.title,
            "parentTitle": f"Season {season.number}",
            "parentIndex": season.number,
        }

    def _seen(self, native: int) -> Row:
        """The viewer's own counters; those of others are nowhere in the library."""
        plays, newest = self.here.views(self.viewer).items.get(native, NOTHING)
        return {"viewCount": plays, "lastViewedAt": newest} if plays else {}

    def _media(self, native: int, file: str, size_bytes: int, runtime_s: int) -> Row:
        part = {
            "id": 20_000_000 + native,
            "key": f"/library/parts/{20_000_000 + native}/1709366400/file.mkv",
            "duration": runtime_s * 1000,
            "file": file,
            "size": size_bytes,
            "container": "mkv",
        }
        media = {"id": 10_000_000 + native, "duration": runtime_s * 1000, "container": "mkv", "Part": [part]}
        return {"Media": [media]}

    @property
    def _is_legacy(self) -> bool:
        return self.here.media.settings.legacy_agents


def section_row(here: PlexServer, section: Section) -> Row:
    """A library."""
    titles = here.shelf.titles(section.number, section.kind, here.owner)
    folders = sorted({title.path.rpartition("/")[0] for title in titles})
    return {
        "allowSync": True,
        "filters": True,
        "refreshing": False,
        "key": str(section.number),
        "type": "movie" if section.kind is TitleKind.MOVIE else "show",
        "title": section.name,
        "agent": agent_of(section.kind, legacy=here.media.settings.legacy_agents),
        "scanner": "Plex Movie" if section.kind is TitleKind.MOVIE else "Plex TV Series",
        "language": "en-US",
        "uuid": f"11111111-2222-4333-8444-{section.number:012d}",
        "updatedAt": int(here.world.born.timestamp()),
        "content": True,
        "directory": True,
        "hidden": 0,
        "Location": [{"id": number, "path": path} for number, path in enumerate(folders, start=1)],
    }


def collection_row(here: PlexServer, collection: ServerCollection) -> Row:
    """A collection; its counts are text."""
    years = [here.media.titles[native].year for native in collection.members if native in here.media.titles]
    stamp = int(here.world.born.timestamp())
    return {
        "ratingKey": str(collection.native),
        "key": f"/library/collections/{collection.native}/children",
        "guid": f"collection://{collection.native:x}",
        "type": "collection",
        "title": collection.name,
        "subtype": "movie" if here.media.sections[collection.section].kind is TitleKind.MOVIE else "show",
        "smart": collection.smart,
        "summary": "",
        "index": collection.native,
        "ratingCount": 1,
        "thumb": f"/library/collections/{collection.native}/composite/{stamp}",
        "addedAt": stamp,
        "updatedAt": stamp,
        "childCount": str(len(years)),
        "minYear": str(min(years, default="")),
        "maxYear": str(max(years, default="")),
    }


def spelled(label: str) -> str:
    """A label as Plex stores it: with a capital letter in front."""
    return label[:1].upper() + label[1:]


def artwork_stamp(here: PlexServer, title: ServerTitle) -> int:
    """The last part of the poster's address, which changes with the poster."""
    art = here.artwork.get(title.native)
    return int(title.added_at.timestamp()) if art is None else art.updated_at


def _tag(kind: str, number: int, tag: str) -> Row:
    return {"id": number, "filter": f"{kind}={number}", "tag": tag}
