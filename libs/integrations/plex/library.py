"""Reads the library of a Plex: its sections, and the titles and episodes in them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import Reading, SourceTitle
from libs.integrations.plex import rows as wire
from libs.integrations.plex.lists import LONG_PAGE_ROWS, PagedList, PlexLists
from libs.integrations.plex.sections import EPISODES, Section, sections_of
from libs.integrations.plex.shows import Leaves, ShowNames
from libs.integrations.plex.titles import has_outside_ids, native_id, title_of

SECTIONS = "/library/sections"


class PlexLibrary:
    """Reads the library of one server."""

    def __init__(self, lists: PlexLists) -> None:
        self._lists = lists

    async def sections(self) -> list[Section]:
        """The libraries of movies and shows that the token may see."""
        rows = await self._lists.whole(SECTIONS, wire.ListAnswer[wire.SectionRow])
        try:
            return sections_of(rows)
        except ValueError as exc:
            raise self._lists.unreadable(str(exc)) from exc

    async def titles(self, reading: Reading[SourceTitle]) -> AsyncGenerator[list[SourceTitle], None]:
        """Every movie and show; home videos are none."""
        reading.rows_declared = 0
        for section in await self.sections():
            async with aclosing(self.rows(section, reading)) as pages:
                async for page in pages:
                    found = [self._title(row, section.kind) for row in page]
                    kept = [title for title in found if not section.has_home_videos or has_outside_ids(title)]
                    reading.rows_skipped += len(found) - len(kept)
                    if kept:
                        yield kept

    def rows(
        self, section: Section, reading: Reading[SourceTitle] | None = None
    ) -> AsyncGenerator[list[wire.TitleRow], None]:
        """The movies or shows of a section, with their outside ids: they come only when they are asked for."""
        wanted = PagedList(
            section.items,
            wire.ListAnswer[wire.TitleRow],
            lambda row: native_id(row.rating_key),
            f"library {section.key}",
            {"type": section.type_number, "includeGuids": "1"},
        )
        return self._lists.pages(wanted, reading)

    def episodes(self, section: Section) -> AsyncGenerator[list[wire.LeafRow], None]:
        """The episodes of a section of shows."""
        wanted = PagedList(
            section.items,
            wire.ListAnswer[wire.LeafRow],
            lambda row: native_id(row.rating_key),
            f"the episodes in library {section.key}",
            {"type": EPISODES},
            page_rows=LONG_PAGE_ROWS,
        )
        return self._lists.pages(wanted)

    async def leaves(self) -> Leaves:
        """Where every episode belongs. Long: one entry for each episode of the server."""
        found = Leaves()
        for section in await self._show_sections():
            async with aclosing(self.episodes(section)) as pages:
                async for page in pages:
                    for row in page:
                        found.add(row)
        return found

    async def show_names(self) -> ShowNames:
        """The shows by name."""
        found = ShowNames()
        for section in await self._show_sections():
            async with aclosing(self.rows(section)) as pages:
                async for page in pages:
                    for row in page:
                        found.add(section.key, row)
        return found

    async def _show_sections(self) -> list[Section]:
        return [section for section in await self.sections() if section.kind is TitleKind.TV]

    def _title(self, row: wire.TitleRow, kind: TitleKind) -> SourceTitle:
        title = title_of(row, kind)
        if title is None:
            raise self._lists.unreadable("a title has no rating key")
        return title
