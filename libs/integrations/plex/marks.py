"""Reads what people have put on titles of a Plex: collections, labels, and what lies on deck."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from libs.integrations.audience import CollectionMember, Reading, TitleLabel, Wish
from libs.integrations.errors import UpstreamConfusingError, UpstreamIncompleteError
from libs.integrations.loose import claim, text
from libs.integrations.plex import rows as wire
from libs.integrations.plex.library import SECTIONS, PlexLibrary
from libs.integrations.plex.lists import ONE_ROW, PagedList, PlexLists
from libs.integrations.plex.sections import Section
from libs.integrations.plex.titles import native_id

_TITLES = frozenset({"movie", "show"})
_MEMBERS_PAGE_ROWS = 100
"""More are never sent at once."""


class PlexMarks:
    """Reads the marks of one server. Section listings shorten them, so each kind is asked for by itself."""

    def __init__(self, lists: PlexLists, library: PlexLibrary) -> None:
        self._lists = lists
        self._library = library
        self._members_path: str | None = None

    async def collections(self, reading: Reading[CollectionMember]) -> AsyncGenerator[list[CollectionMember], None]:
        """The movies and shows in every collection."""
        reading.rows_declared = 0
        for section in await self._library.sections():
            wanted = PagedList(
                f"{SECTIONS}/{section.key}/collections",
                wire.ListAnswer[wire.CollectionRow],
                lambda row: native_id(row.rating_key),
                f"the collections in library {section.key}",
                {},
            )
            async with aclosing(self._lists.pages(wanted)) as pages:
                async for page in pages:
                    for row in page:
                        async with aclosing(self._members(row, reading)) as members:
                            async for found in members:
                                yield found

    async def _members(
        self, collection: wire.CollectionRow, reading: Reading[CollectionMember]
    ) -> AsyncGenerator[list[CollectionMember], None]:
        key, name = native_id(collection.rating_key), text(collection.title)
        if not key:
            raise self._lists.unreadable("a collection has no rating key")
        is_smart = claim(collection.smart) is True
        async with aclosing(self._member_rows(key, name, reading)) as pages:
            async for page in pages:
                keys = [native_id(row.rating_key) for row in page if text(row.type) in _TITLES]
                reading.rows_skipped += len(page) - len(keys)
                if keys:
                    yield [CollectionMember(key, name, member, is_smart) for member in keys]

    async def _member_rows(
        self, key: str, name: str, reading: Reading[CollectionMember]
    ) -> AsyncGenerator[list[wire.ItemRow], None]:
        try:
            wanted = PagedList(
                await self._members_of(key),
                wire.ListAnswer[wire.ItemRow],
                lambda row: native_id(row.rating_key),
                f"the collection {name}",
                {},
                page_rows=_MEMBERS_PAGE_ROWS,
            )
            async with aclosing(self._lists.pages(wanted, reading)) as pages:
                async for page in pages:
                    yield page
        except UpstreamConfusingError as exc:
            if exc.status != 404:
                raise
            raise UpstreamIncompleteError(f"The collection {name} went away while it was read.") from exc

    async def _members_of(self, key: str) -> str:
        """The endpoint of a collection's members. Older servers answer 404 to the newer one."""
        collection = f"/library/collections/{key}"
        if self._members_path is None:
            self._members_path = "items"
            try:
                await self._lists.whole(f"{collection}/items", wire.ListAnswer[wire.ItemRow], ONE_ROW)
            except UpstreamConfusingError as exc:
                if exc.status != 404:
                    raise
                self._members_path = "children"
        return f"{collection}/{self._members_path}"

    async def labels(self, reading: Reading[TitleLabel]) -> AsyncGenerator[list[TitleLabel], None]:
        """The titles of every label, by two small questions for each label instead of one for each title."""
        reading.rows_declared = 0
        for section in await self._library.sections():
            known = await self._lists.whole(
                f"{SECTIONS}/{section.key}/label", wire.ListAnswer[wire.LabelRow], {"type": section.type_number}
            )
            for row in known:
                async with aclosing(self._labelled(section, row, reading)) as pages:
                    async for page in pages:
                        yield page

    async def _labelled(
        self, section: Section, label: wire.LabelRow, reading: Reading[TitleLabel]
    ) -> AsyncGenerator[list[TitleLabel], None]:
        key, name = native_id(label.key), text(label.title)
        if not key:
            raise self._lists.unreadable("a label has no number")
        wanted = PagedList(
            section.items,
            wire.ListAnswer[wire.ItemRow],
            lambda row: native_id(row.rating_key),
            f"the label {name}",
            {"type": section.type_number, "label": key},
        )
        async with aclosing(self._lists.pages(wanted, reading)) as pages:
            async for page in pages:
                yield [TitleLabel(native_id(row.rating_key), name) for row in page]

    async def wishes(self, reading: Reading[Wish], user: str) -> AsyncGenerator[list[Wish], None]:
        """What the token's user left half seen or would see next; of an episode, its show."""
        wanted = PagedList(
            "/library/onDeck", wire.ListAnswer[wire.ItemRow], lambda row: native_id(row.rating_key), "on deck", {}
        )
        reading.rows_declared = 0
        told: set[str] = set()
        async with aclosing(self._lists.pages(wanted, reading)) as pages:
            async for page in pages:
                titles = [native_id(row.grandparent_rating_key) or native_id(row.rating_key) for row in page]
                reading.rows_skipped += titles.count("")
                fresh = [title for title in dict.fromkeys(titles) if title and title not in told]
                told.update(fresh)
                if fresh:
                    yield [Wish(title, user) for title in fresh]
