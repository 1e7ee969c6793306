"""Finds the show of an episode whose history row does not name it; what that takes is read once, and only then."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from libs.integrations.loose import season, text
from libs.integrations.plex.history import Place, item_id, told_place
from libs.integrations.plex.rows import LeafRow, TitleRow, ViewRow
from libs.integrations.plex.titles import native_id


@dataclass(slots=True)
class Leaves:
    """Every episode's place by rating key. Places are shared, so that an episode costs little more than its key."""

    _places: dict[int, Place] = field(default_factory=dict)
    _shared: dict[Place, Place] = field(default_factory=dict)

    def add(self, row: LeafRow) -> None:
        """Take in an episode of a listing; one that names no show cannot help."""
        key, show = native_id(row.rating_key), native_id(row.grandparent_rating_key)
        if key and show:
            place = Place(show, season(row.parent_index))
            self._places[int(key)] = self._shared.setdefault(place, place)

    def find(self, episode: str) -> Place | None:
        """The place of that episode."""
        return self._places.get(int(episode)) if episode else None


@dataclass(slots=True)
class ShowNames:
    """Rating keys of shows by section and name."""

    _by_name: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def add(self, section: str, row: TitleRow) -> None:
        """Take in a show of a listing."""
        self._by_name.setdefault(text(row.title).casefold(), set()).add((section, native_id(row.rating_key)))

    def only(self, name: str, section: str) -> str:
        """The one show of that name in that section (empty: anywhere); empty when there are none or several."""
        known = self._by_name.get(name.casefold(), set()) if name else set()
        found = {show for home, show in known if section in {"", home}}
        return found.pop() if len(found) == 1 else ""


class ShowFinder:
    """Resolves rows, each by the cheapest way that works: its own words, the episode list, the name of the show."""

    def __init__(
        self, read_leaves: Callable[[], Awaitable[Leaves]], read_names: Callable[[], Awaitable[ShowNames]]
    ) -> None:
        self._read_leaves = read_leaves
        self._read_names = read_names
        self._leaves: Leaves | None = None
        self._names: ShowNames | None = None

    async def place(self, row: ViewRow) -> Place | None:
        """Where the episode belongs; None when nothing tells its show. Raises what a read raises."""
        told = told_place(row)
        if told is not None and told.season is not None:
            return told
        listed = await self._listed(item_id(row))
        if told is not None:
            return listed if listed is not None and listed.show == told.show else told
        if listed is not None:
            return listed if listed.season is not None else Place(listed.show, season(row.parent_index))
        return await self._named(row)

    async def _listed(self, episode: str) -> Place | None:
        if not episode:
            return None
        if self._leaves is None:
            self._leaves = await self._read_leaves()
        return self._leaves.find(episode)

    async def _named(self, row: ViewRow) -> Place | None:
        name = text(row.grandparent_title)
        if not name:
            return None
        if self._names is None:
            self._names = await self._read_names()
        show = self._names.only(name, native_id(row.library_section_id))
        return Place(show, season(row.parent_index)) if show else None
