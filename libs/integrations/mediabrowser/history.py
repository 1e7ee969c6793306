"""Reads one user's plays: everything the user ever began, newest first, and a check that nothing was left out."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from libs.integrations.audience import Play, PlayNotes
from libs.integrations.mediabrowser.counters import is_begun, is_dated, is_played, play_of
from libs.integrations.mediabrowser.listings import BY_DATE_PLAYED, BY_NAME, Listings, Wanted
from libs.integrations.mediabrowser.rows import ItemRow
from libs.integrations.mediabrowser.titles import item_id
from libs.integrations.parallel import all_of

_PLAYED, _BEGUN = "IsPlayed", "IsResumable"


class UserHistory:
    """One pass over one user.

    The filters for what is played and what can be resumed miss what was watched once and then begun again and broken
    off: the server calls it neither. Its list by the date of playing has it, and ends where no dates are any more.
    """

    def __init__(self, listings: Listings, user_id: str, notes: PlayNotes) -> None:
        self._listings = listings
        self._user_id = user_id
        self._notes = notes
        self._wanted = Wanted("the plays", user_id, "Movie,Episode", with_user_data=True)
        self._seen: set[str] = set()
        self._found = {_PLAYED: 0, _BEGUN: 0}

    async def pages(self) -> AsyncGenerator[list[Play], None]:
        """The plays, each item once."""
        async with aclosing(self._listings.pages(replace(self._wanted, order=BY_DATE_PLAYED))) as pages:
            async for page in pages:
                if plays := self._new(page):
                    yield plays
                if not is_dated(page[-1]):
                    break
        for wanted in await self._incomplete():
            async with aclosing(self._listings.pages(wanted)) as pages:
                async for page in pages:
                    if plays := self._new(page):
                        yield plays

    async def _incomplete(self) -> list[Wanted]:
        """The filters that know more than was found: for items without a date, and servers that sort differently."""
        filtered = [replace(self._wanted, only=each, order=BY_NAME) for each in self._found]
        totals = await all_of(self._listings.total(wanted) for wanted in filtered)
        return [wanted for wanted, total in zip(filtered, totals, strict=True) if total > self._found[wanted.only]]

    def _new(self, page: list[ItemRow]) -> list[Play]:
        return [play for row in page if (play := self._play(row)) is not None]

    def _play(self, row: ItemRow) -> Play | None:
        native_id = item_id(row.id)
        if native_id in self._seen:
            return None
        if is_dated(row) or is_played(row) or is_begun(row):
            self._seen.add(native_id)
        self._found[_PLAYED] += is_played(row)
        self._found[_BEGUN] += is_begun(row)
        return play_of(row, self._user_id, self._notes)
