"""One Emby as its handlers see it: its ids, its rows, and the prefix it takes or leaves."""

import re
from typing import Any, ClassVar

from libs.simulator.calls import Answer, Refusal
from libs.simulator.mediabrowser.catalogue import Item
from libs.simulator.mediabrowser.rows import asked_fields, basic_row, is_folder, moment, ticks, title_of
from libs.simulator.mediabrowser.server import MediaBrowserServer
from libs.simulator.server import Asked

PREFIX = "/emby"
_FIRST_TAG = 7001
_PLAY_COUNT, _LAST_PLAYED = "UserDataPlayCount", "UserDataLastPlayedDate"
_EVERYTHING = frozenset({"ProviderIds", "Path", "DateCreated", "Tags", "ProductionYear", _PLAY_COUNT, _LAST_PLAYED})


class EmbyServer(MediaBrowserServer):
    """An Emby."""

    grouping: ClassVar[str] = "GroupItemsIntoCollections"
    newest: ClassVar[str] = "4.9.1.80"

    def bare_path(self, path: str) -> str:
        """Every path is there twice, with and without the prefix."""
        return path.removeprefix(PREFIX) if path.startswith(f"{PREFIX}/") else path

    def public_info(self) -> dict[str, Any]:
        """Who answers, without the name of the product."""
        return {
            "LocalAddress": "http://10.0.0.6:8096",
            "LocalAddresses": ["http://10.0.0.6:8096"],
            "RemoteAddresses": [],
            "ServerName": self.media.name,
            "Version": self.version,
            "Id": self.media.machine_id,
        }

    def pong(self) -> Answer:
        """Plain text."""
        return Answer(body=b"Emby Server", content_type="text/plain")

    def denied(self, asked: Asked) -> Answer:  # noqa: ARG002  the same for every call
        """A sentence in plain text."""
        return Answer(status=401, body=b"Access token is invalid or expired.", content_type="text/plain")

    def id_text(self, native: int) -> str:
        """A decimal number as text."""
        return str(native)

    def native_of(self, text: str) -> int:
        """What is no number is not found."""
        if not re.fullmatch(r"\d{1,18}", text):
            raise Refusal(404)
        return int(text)

    def row(self, item: Item, person: int | None, wanted: frozenset[str], *, with_user_data: bool) -> dict[str, Any]:
        """An item as lists show it."""
        listed = wanted if self.media.settings.list_user_data else wanted - {_PLAY_COUNT, _LAST_PLAYED}
        row = basic_row(item, self.ids(item)) | asked_fields(item, wanted)
        if not is_folder(item):
            row["MediaType"] = "Video"
        if item.title is not None and "ProductionYear" in wanted:
            row["ProductionYear"] = item.title.year
        if "Tags" in wanted:
            row["TagItems"] = self._tags(item)
        if with_user_data and person is not None:
            row["UserData"] = self._user_data(item, person, listed)
        return row

    def full_row(self, item: Item, person: int) -> dict[str, Any]:
        """An item with everything that is known about it, complete user data among it."""
        row = self.row(item, person, _EVERYTHING, with_user_data=False)
        title = title_of(item)
        row |= {"SortName": row["Name"], "LockedFields": [], "LockData": False}
        row["ImageTags"] = (
            {"Primary": f"tag{self.artwork.version(item.native)}"} if self.artwork.of(item.native) else {}
        )
        if title is not None:
            found = self.metadata.of(title)
            row |= {name: found[name] for name in ("OfficialRating", "Overview", "Genres", "CommunityRating")}
            row |= {"Size": title.size_bytes, "ParentId": self.id_text(title.section)}
        row["UserData"] = self._user_data(item, person, _EVERYTHING)
        return row

    def tag_id(self, label: str) -> int:
        """The number of a tag, by its name alone."""
        return _FIRST_TAG + sum(map(ord, label.lower()))

    def _tags(self, item: Item) -> list[dict[str, Any]]:
        if item.title is None or item.season is not None:
            return []
        return [{"Name": label, "Id": self.tag_id(label)} for label in item.title.labels]

    def _user_data(self, item: Item, person: int, wanted: frozenset[str]) -> dict[str, Any]:
        standing, unplayed = self.standing(item, person), self.unplayed(item, person)
        data: dict[str, Any] = {"PlaybackPositionTicks": ticks(standing.position_s)}
        if _PLAY_COUNT in wanted and unplayed is None:
            data["PlayCount"] = standing.plays
        data["IsFavorite"] = self.is_marked(item, person)
        if _LAST_PLAYED in wanted and standing.last_at:
            data["LastPlayedDate"] = moment(standing.last_at)
        data["Played"] = unplayed == 0 or standing.is_played
        return data if unplayed is None else {"UnplayedItemCount": unplayed, **data}
