"""One Jellyfin or Emby as its handlers see it: its items, who may see them, and how both servers spell things."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from libs.simulator.audience import MediaServer, ServerTitle
from libs.simulator.calls import Answer, Refusal, as_json
from libs.simulator.mediabrowser.artwork import Artwork
from libs.simulator.mediabrowser.catalogue import Catalogue, Item
from libs.simulator.mediabrowser.listing import Listing
from libs.simulator.mediabrowser.metadata import Metadata
from libs.simulator.mediabrowser.standing import Standing, Standings
from libs.simulator.server import Asked, SimulatedServer, index_page
from libs.simulator.world import World

_OPEN_IMAGE = re.compile(r"/Items/[^/]+/Images/\w+")


class MediaBrowserServer(SimulatedServer):
    """A media server. `grouping` is the query name with which it shows collections in place of their members."""

    grouping: ClassVar[str]
    newest: ClassVar[str]
    """The version that answers when the settings name none."""

    def __init__(self, world: World, media: MediaServer) -> None:
        super().__init__(world, media)
        self.media = media
        self.catalogue = Catalogue(media)
        self.standings = Standings(media)
        self.listing = Listing(media, self.catalogue, self.standings)
        self.metadata = Metadata()
        self.artwork = Artwork()
        self.pushed_tags: dict[int, list[str]] = {}
        """Tags that an edit of a show pushed down to its seasons and episodes."""

    @property
    def version(self) -> str:
        """The version this server says it is."""
        return self.media.settings.version or self.newest

    @abstractmethod
    def id_text(self, native: int) -> str:
        """An item's number as it is written in answers."""

    @abstractmethod
    def native_of(self, text: str) -> int:
        """The number behind an id in a request. Raises `Refusal` for what is none."""

    @abstractmethod
    def public_info(self) -> dict[str, Any]:
        """Who answers, for everybody."""

    @abstractmethod
    def row(self, item: Item, person: int | None, wanted: frozenset[str], *, with_user_data: bool) -> dict[str, Any]:
        """An item as lists show it."""

    @abstractmethod
    def full_row(self, item: Item, person: int) -> dict[str, Any]:
        """An item with everything that is known about it."""

    def bare_path(self, path: str) -> str:
        """The path without a prefix that means nothing."""
        return path

    def open_answer(self, asked: Asked) -> Answer | None:
        """Who answers, a sign of life, and the web interface."""
        path = self.bare_path(asked.path)
        if path == "/System/Info/Public":
            return as_json(self.public_info())
        if path == "/" or path.startswith("/web"):
            return index_page()
        return self.pong() if path == "/System/Ping" else None

    @abstractmethod
    def pong(self) -> Answer:
        """The sign of life."""

    def admits(self, asked: Asked) -> bool:
        """Pictures are shown to everybody."""
        is_picture = asked.method == "GET" and _OPEN_IMAGE.fullmatch(self.bare_path(asked.path)) is not None
        return is_picture or super().admits(asked)

    def person(self, text: str) -> int:
        """The person behind a user id. Raises `Refusal` with 404."""
        wanted = text.replace("-", "").lower()
        for number in self.media.users:
            if self.world.people[number].media_id == wanted:
                return number
        raise Refusal(404)

    def item(self, text: str, person: int | None = None) -> Item:
        """The item of that id, as far as the person may see it. Raises `Refusal`."""
        found = self.catalogue.find(self.native_of(text))
        if found is None or (person is not None and not self.listing.is_visible(found, person)):
            raise Refusal(404)
        return found

    def title(self, text: str) -> ServerTitle:
        """The movie or show of that id. Raises `Refusal` with 404."""
        found = self.item(text)
        if found.title is None or found.season is not None:
            raise Refusal(404)
        return found.title

    def ids(self, item: Item) -> dict[str, str]:
        """The ids in an item's row."""
        found = {"ServerId": self.media.machine_id, "Id": self.id_text(item.native)}
        if item.title is not None and item.season is not None:
            found["SeriesId"] = self.id_text(item.title.native)
            if item.episode:
                found["SeasonId"] = self.id_text(item.season.native)
        return found

    def standing(self, item: Item, person: int) -> Standing:
        """What the person did with the item itself; nothing is ever counted for a folder."""
        return self.standings.of(person).get(item.native, Standing())

    def is_marked(self, item: Item, person: int) -> bool:
        """Whether it is among the person's favourites."""
        return item.native in self.standings.favourites(person)

    def unplayed(self, item: Item, person: int) -> int | None:
        """How many episodes below a show are not played yet; None for everything else."""
        if item.type != "Series" or item.title is None:
            return None
        return self.standings.unplayed(person, item.title)

    def user_row(self, number: int) -> dict[str, Any]:
        """A person with what they may do; the first owns the server."""
        person, media = self.world.people[number], self.media
        open_to = [section.number for section in media.sections.values() if number not in section.restricted]
        sees_all = len(open_to) == len(media.sections)
        return {
            "Name": person.name,
            "ServerId": media.machine_id,
            "Id": person.media_id,
            "HasPassword": True,
            "HasConfiguredPassword": True,
            "Configuration": {},
            "Policy": {
                "IsAdministrator": number == media.users[0],
                "IsHidden": False,
                "IsDisabled": number in media.disabled,
                "EnableAllFolders": sees_all,
                "EnabledFolders": [] if sees_all else [self.id_text(section) for section in open_to],
                "BlockedTags": [],
                "BlockUnratedItems": [],
            },
        }

    def capped(self, limit: int | None, rows: Sequence[int]) -> int:
        """How many rows a page may have."""
        cap = self.media.settings.page_cap
        asked = len(rows) if limit is None else limit
        return min(asked, cap) if cap else asked
