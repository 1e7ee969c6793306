"""What an owner can edit about a title besides its tags, and what is left of it when an edit forgets to say it."""

from typing import Any

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle

_NOTHING: dict[str, Any] = {
    "Overview": None,
    "CommunityRating": None,
    "CriticRating": None,
    "OfficialRating": None,
    "CustomRating": None,
    "PremiereDate": None,
    "EndDate": None,
    "ProductionYear": None,
    "ForcedSortName": None,
    "OriginalTitle": None,
    "Status": None,
    "Taglines": [],
    "ProductionLocations": [],
    "Studios": [],
    "Genres": [],
    "LockData": False,
    "LockedFields": [],
}
"""Every field an edit assigns, with what it becomes when the body does not name it."""


class Metadata:
    """The edited fields of titles by native number; a title nobody edited has what the agents found."""

    def __init__(self) -> None:
        self._edited: dict[int, dict[str, Any]] = {}
        self._saves: dict[int, int] = {}

    def of(self, title: ServerTitle) -> dict[str, Any]:
        """The fields as they stand; not to be changed."""
        return self._edited.get(title.native) or _found(title)

    def etag(self, title: ServerTitle) -> str:
        """Changes with every edit."""
        return f"e{self._saves.get(title.native, 0) + 1}"

    def assign(self, title: ServerTitle, body: dict[str, Any]) -> list[str]:
        """Take every field from the body; answers the names of those that were lost because it did not have them."""
        before = self.of(title)
        after = {name: body.get(name) or nothing for name, nothing in _NOTHING.items()}
        self._edited[title.native] = after
        self._saves[title.native] = self._saves.get(title.native, 0) + 1
        return [name for name in _NOTHING if name not in body and before[name] not in (after[name], None)]


def _found(title: ServerTitle) -> dict[str, Any]:
    is_show = title.kind is TitleKind.TV
    return _NOTHING | {
        "Overview": title.overview or f"The story of {title.title}.",
        "CommunityRating": 7.4,
        "CriticRating": None if is_show else 82,
        "OfficialRating": "TV-14" if is_show else "PG-13",
        "PremiereDate": f"{title.year}-09-30T00:00:00.0000000Z",
        "EndDate": f"{title.year + len(title.seasons)}-06-30T00:00:00.0000000Z" if is_show else None,
        "ProductionYear": title.year,
        "ForcedSortName": title.title.lower(),
        "OriginalTitle": title.title,
        "Status": "Ended" if is_show else None,
        "Taglines": [f"{title.title} awaits."],
        "ProductionLocations": ["United States of America"],
        "Studios": [{"Name": "Universal", "Id": "77777777777777777777777777777777"}],
        "Genres": list(title.genres),
    }
