"""Reads what a server holds: titles with their labels, collections with their members, and everybody's favourites."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from libs.integrations.audience import CollectionMember, Reading, SourceTitle, TitleLabel, Wish
from libs.integrations.errors import UpstreamIncompleteError
from libs.integrations.loose import text
from libs.integrations.mediabrowser.listings import Listings, Wanted
from libs.integrations.mediabrowser.rows import ItemRow
from libs.integrations.mediabrowser.titles import BOX_SET, MOVIE, SERIES, home_of, item_id, labels_of, title_of
from libs.integrations.parallel import all_of

_TITLES = f"{MOVIE},{SERIES}"
_MARKABLE = f"{_TITLES},Season,Episode"
_AT_ONCE = 4
"""Collections whose members are asked for at once: as many as there are places for one upstream."""


async def title_pages(
    listings: Listings, user_id: str, reading: Reading[SourceTitle], labels: list[TitleLabel]
) -> AsyncGenerator[list[SourceTitle], None]:
    """The titles, as this user sees them. Their labels, which come in the same rows, are added to `labels`."""
    wanted = Wanted("the library", user_id, _TITLES, "ProviderIds,DateCreated,Path,Tags")
    async with aclosing(listings.pages(wanted, reading)) as pages:
        async for page in pages:
            _require_ungrouped(page)
            titles = [title for row in page if (title := title_of(row)) is not None]
            labels += [label for row in page for label in labels_of(row)]
            reading.rows_skipped += len(page) - len(titles)
            if titles:
                yield titles


def _require_ungrouped(page: Iterable[ItemRow]) -> None:
    """A collection in this list stands in place of titles that are nowhere else in it."""
    if any(text(row.type) == BOX_SET for row in page):
        raise UpstreamIncompleteError("Only a part of the library could be read: collections hide titles.")


async def wish_pages(listings: Listings, user_id: str, reading: Reading[Wish]) -> AsyncGenerator[list[Wish], None]:
    """The favourites of one user; a season or episode stands for its show."""
    wished: set[str] = set()
    wanted = Wanted("the favourites", user_id, _MARKABLE, "ProviderIds", only="IsFavorite")
    async with aclosing(listings.pages(wanted)) as pages:
        async for page in pages:
            homes = [home_of(row) for row in page]
            reading.rows_skipped += homes.count("")
            new = [home for home in dict.fromkeys(homes) if home and home not in wished]
            wished.update(new)
            if new:
                yield [Wish(home, user_id) for home in new]


async def collection_pages(
    listings: Listings, user_id: str, reading: Reading[CollectionMember]
) -> AsyncGenerator[list[CollectionMember], None]:
    """The members of all collections. No server tells them in fewer calls than one for each collection."""
    async with aclosing(listings.pages(Wanted("the collections", user_id, BOX_SET, "ProviderIds"))) as pages:
        async for page in pages:
            for start in range(0, len(page), _AT_ONCE):
                few = page[start : start + _AT_ONCE]
                for members in await all_of(_members(listings, user_id, row, reading) for row in few):
                    if members:
                        yield members


async def _members(
    listings: Listings, user_id: str, collection: ItemRow, reading: Reading[CollectionMember]
) -> list[CollectionMember]:
    collection_id, name = item_id(collection.id), text(collection.name)
    wanted = Wanted("the collections", user_id, "", "ProviderIds", parent_id=collection_id)
    homes: list[str] = []
    async with aclosing(listings.pages(wanted)) as pages:
        async for page in pages:
            homes += [home_of(row) for row in page]
    reading.rows_skipped += homes.count("")
    return [CollectionMember(collection_id, name, home) for home in dict.fromkeys(homes) if home]
