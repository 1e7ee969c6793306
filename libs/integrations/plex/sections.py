"""The libraries of a Plex that hold movies or shows."""

from collections.abc import Iterable
from dataclasses import dataclass

from libs.common.domain.enums import TitleKind
from libs.integrations.loose import text
from libs.integrations.plex.rows import SectionRow
from libs.integrations.plex.titles import native_id

_KINDS = {"movie": TitleKind.MOVIE, "show": TitleKind.TV}
_HOME_VIDEOS = "com.plexapp.agents.none"
EPISODES = "4"


@dataclass(frozen=True, slots=True)
class Section:
    """One library. `type_number` is how its titles are asked for; `has_home_videos`: titles without ids are none."""

    key: str
    kind: TitleKind
    has_home_videos: bool

    @property
    def type_number(self) -> str:
        return "1" if self.kind is TitleKind.MOVIE else "2"

    @property
    def items(self) -> str:
        """The endpoint of everything in it."""
        return f"/library/sections/{self.key}/all"


def sections_of(rows: Iterable[SectionRow]) -> list[Section]:
    """The libraries of movies and shows. Raises `ValueError` for one that has no number."""
    found = []
    for row in rows:
        kind = _KINDS.get(text(row.type))
        if kind is None:
            continue
        key = native_id(row.key)
        if not key:
            raise ValueError("a library has no number")
        found.append(Section(key, kind, kind is TitleKind.MOVIE and text(row.agent) == _HOME_VIDEOS))
    return found
