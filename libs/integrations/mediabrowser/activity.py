"""Reads what one user did with one item."""

from libs.integrations.audience import Activity, PlayedItem, PlayNotes, Wish
from libs.integrations.errors import ErrorClass, UpstreamConfusingError
from libs.integrations.loose import claim, text
from libs.integrations.mediabrowser.counters import EPISODE, play_of
from libs.integrations.mediabrowser.listings import Listings, Wanted
from libs.integrations.mediabrowser.people import user_id
from libs.integrations.mediabrowser.rows import ItemRow
from libs.integrations.mediabrowser.titles import MOVIE, SERIES, home_of, item_id

_PLAYABLE = (MOVIE, EPISODE)
_MARKABLE = f"{MOVIE},{EPISODE},{SERIES},Season"


async def activity_of(listings: Listings, item: PlayedItem) -> Activity:
    """Plays of a movie or episode, and whether it, a season or a show is a favourite; nothing for one that is hidden.

    Raises `UpstreamConfusingError` for ids that no server gives.
    """
    person, native = user_id(item.user_id), item_id(item.native_id)
    if not person or not native:
        raise UpstreamConfusingError(ErrorClass.NOT_FOUND, "No item or no user can have this id.")
    wanted = Wanted("an item", person, _MARKABLE, "ProviderIds", with_user_data=True, item_id=native)
    page = await listings.page(wanted, 0)
    found = [row for row in page.rows if item_id(row.id) == native]
    if len(found) != len(page.rows):
        raise listings.unreadable("it is about other items")
    return _told(found, person)


def _told(rows: list[ItemRow], person: str) -> Activity:
    notes = PlayNotes()
    playable = [row for row in rows if text(row.type) in _PLAYABLE]
    plays = [play for row in playable if (play := play_of(row, person, notes)) is not None]
    homes = [home for row in rows if _is_favourite(row) and (home := home_of(row))]
    return Activity(tuple(plays), tuple(Wish(home, person) for home in homes))


def _is_favourite(row: ItemRow) -> bool:
    return row.user_data is not None and claim(row.user_data.is_favorite) is True
