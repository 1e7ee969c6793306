"""What a listing asks for, read from its query once."""

from collections.abc import Callable
from dataclasses import dataclass

from libs.simulator.mediabrowser.query import Query

_VIDEO = frozenset({"Movie", "Series", "Season", "Episode"})


@dataclass(frozen=True, slots=True)
class Question:
    """A listing without its page. None and empty values leave everything in.

    `order` are fields with whether they descend. `hides_members`: collections stand for the movies in them.
    """

    person: int | None
    types: frozenset[str]
    parent: int | None
    is_recursive: bool
    hides_members: bool
    order: tuple[tuple[str, bool], ...]
    ids: tuple[int, ...] = ()
    is_played: bool | None = None
    is_favourite: bool | None = None
    is_resumable: bool = False
    search: str = ""
    tags: tuple[str, ...] = ()
    outside_ids: frozenset[str] = frozenset()

    @property
    def is_narrow(self) -> bool:
        """Only what the person has touched can be in the answer."""
        return self.is_played is True or self.is_favourite is True or self.is_resumable


def question(query: Query, person: int | None, grouping: str, native: Callable[[str], int]) -> Question:
    """Read a query. `grouping` is the server's name for showing collections in place of their members."""
    filters = set(query.words("filters"))
    parent = query.text("parentId")
    return Question(
        person=person,
        types=frozenset(query.words("includeItemTypes")) or _VIDEO | {"BoxSet"},
        parent=native(parent) if parent else None,
        is_recursive=query.flag("recursive") is True,
        hides_members=query.flag(grouping) is not False,
        order=_order(query),
        ids=tuple(native(word) for word in query.words("ids")),
        is_played=True if "IsPlayed" in filters else False if "IsUnplayed" in filters else query.flag("isPlayed"),
        is_favourite=True if "IsFavorite" in filters else query.flag("isFavorite"),
        is_resumable="IsResumable" in filters,
        search=query.text("searchTerm").lower(),
        tags=tuple(query.words("tags", "|")),
        outside_ids=frozenset(word.lower() for word in query.words("anyProviderIdEquals")),
    )


def _order(query: Query) -> tuple[tuple[str, bool], ...]:
    """Fields without a direction of their own take the first one's."""
    fields, directions = query.words("sortBy"), query.words("sortOrder") or ["Ascending"]
    return tuple(
        (field, (directions[place] if place < len(directions) else directions[0]) == "Descending")
        for place, field in enumerate(fields)
    )
