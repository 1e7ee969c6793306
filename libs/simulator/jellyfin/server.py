"""One Jellyfin as its handlers see it: its ids, its rows, and which ways of showing the key it still takes."""

import re
from typing import Any, ClassVar

from libs.simulator.calls import Answer, as_json
from libs.simulator.mediabrowser.catalogue import Item
from libs.simulator.mediabrowser.query import unbound
from libs.simulator.mediabrowser.rows import asked_fields, basic_row, is_folder, moment, ticks, title_of
from libs.simulator.mediabrowser.server import MediaBrowserServer
from libs.simulator.server import Asked

_ID = re.compile(r"[0-9a-f]{32}")
_EVERY_FIELD = frozenset({"ProviderIds", "Path", "DateCreated", "Tags"})
_SHORT_METADATA = ("PremiereDate", "OfficialRating", "CommunityRating", "ProductionYear", "Status")


class JellyfinServer(MediaBrowserServer):
    """A Jellyfin. As version 12 does by default, it refuses old ways of showing the key when it is set so."""

    grouping: ClassVar[str] = "collapseBoxSetItems"
    newest: ClassVar[str] = "10.11.4"

    def public_info(self) -> dict[str, Any]:
        """Who answers; `ProductName` tells it from an Emby."""
        return {
            "LocalAddress": "http://10.0.0.5:8096",
            "ServerName": self.media.name,
            "Version": self.version,
            "ProductName": "Jellyfin Server",
            "OperatingSystem": "",
            "Id": self.media.machine_id,
            "StartupWizardCompleted": True,
        }

    def pong(self) -> Answer:
        """A JSON string."""
        return as_json("Jellyfin Server")

    def admits(self, asked: Asked) -> bool:
        """Old headers are taken only while the owner has them switched on."""
        is_old = asked.auth in {"x-emby-token", "x-mediabrowser-token"}
        return super().admits(asked) and (self.media.settings.legacy_auth or not is_old)

    def id_text(self, native: int) -> str:
        """32 hexadecimal digits."""
        return f"{native:032x}"

    def native_of(self, text: str) -> int:
        """Dashes and capitals are taken too."""
        plain = text.replace("-", "").lower()
        if not _ID.fullmatch(plain):
            raise unbound("itemId")
        return int(plain, 16)

    def row(self, item: Item, person: int | None, wanted: frozenset[str], *, with_user_data: bool) -> dict[str, Any]:
        """An item as lists show it."""
        row = basic_row(item, self.ids(item)) | asked_fields(item, wanted)
        row["LocationType"] = "FileSystem"
        row["MediaType"] = "Unknown" if is_folder(item) else "Video"
        title = title_of(item)
        if title is not None:
            found = self.metadata.of(title)
            row |= {name: found[name] for name in _SHORT_METADATA if found[name] is not None}
        if "Tags" in wanted:
            row["Tags"] = self._tags(item)
        if with_user_data and person is not None:
            row["UserData"] = self._user_data(item, person)
        return row

    def full_row(self, item: Item, person: int) -> dict[str, Any]:
        """An item with everything that is known about it."""
        row = self.row(item, person, _EVERY_FIELD, with_user_data=True)
        title = title_of(item)
        row |= {"SortName": row["Name"].lower(), "CanDelete": True, "PlayAccess": "Full", "ChannelId": None}
        row |= {"ExternalUrls": [], "RemoteTrailers": [], "People": [], "GenreItems": []}
        row["ImageTags"] = (
            {"Primary": f"tag{self.artwork.version(item.native)}"} if self.artwork.of(item.native) else {}
        )
        if title is not None:
            found = self.metadata.of(title)
            row |= {name: value for name, value in found.items() if value is not None}
            row["SortName"] = found["ForcedSortName"] or row["SortName"]
            row["Etag"] = self.metadata.etag(title)
            row["ParentId"] = self.id_text(title.section)
        return row

    def _tags(self, item: Item) -> list[str]:
        if item.title is None:
            return []
        return item.title.labels if item.season is None else self.pushed_tags.get(item.title.native, [])

    def _user_data(self, item: Item, person: int) -> dict[str, Any]:
        standing, unplayed = self.standing(item, person), self.unplayed(item, person)
        data: dict[str, Any] = {
            "PlaybackPositionTicks": ticks(standing.position_s),
            "PlayCount": standing.plays,
            "IsFavorite": self.is_marked(item, person),
            "Played": unplayed == 0 or standing.is_played,
            "Key": str(item.native),
            "ItemId": self.id_text(item.native),
        }
        if standing.last_at:
            data["LastPlayedDate"] = moment(standing.last_at)
        return data if unplayed is None else {"UnplayedItemCount": unplayed, **data}
