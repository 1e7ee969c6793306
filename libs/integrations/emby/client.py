"""The Emby client: users in pages, items listed below a user, counters that have to be asked for by name."""

from contextlib import aclosing
from typing import ClassVar

from libs.common.domain.enums import IntegrationType
from libs.integrations.loose import text
from libs.integrations.mediabrowser.client import MediaBrowserClient
from libs.integrations.mediabrowser.identity import Product
from libs.integrations.mediabrowser.listings import Listings, Wanted
from libs.integrations.mediabrowser.rows import UserPage, UserRow
from libs.integrations.paging import Page, Pager

_COUNTERS = "UserDataPlayCount,UserDataLastPlayedDate"
"""Without these two names lists leave out how often and when something was played."""


class EmbyListings(Listings):
    """Names in the query are written with a capital."""

    async def users(self) -> list[UserRow]:
        """Everybody, disabled people included."""
        pager = Pager(self._user_page, lambda row: text(row.id), f"the users of {self._name}")
        found: list[UserRow] = []
        async with aclosing(pager.pages()) as pages:
            async for page in pages:
                found += page
        return self.require_users(found)

    def endpoint(self, user: str) -> str:
        """The items as this user sees them."""
        return f"/Users/{user}/Items"

    def own_params(self, wanted: Wanted) -> dict[str, str]:
        """All movies instead of the collections around them, and the fields that Jellyfin sends anyway."""
        more = ["ProductionYear"] if wanted.fields else []
        more += [_COUNTERS] if wanted.with_user_data else []
        own = {"GroupItemsIntoCollections": "false"}
        return own | {"Fields": ",".join(filter(None, [wanted.fields, *more]))} if more else own

    def spelt(self, name: str) -> str:
        """With a capital."""
        return f"{name[0].upper()}{name[1:]}"

    async def _user_page(self, offset: int) -> Page[UserRow]:
        page = await self.read("/Users/Query", UserPage, self.window(offset))
        return self.checked(page.items, page.total_record_count, offset, "the users")


class EmbyClient(MediaBrowserClient):
    """One Emby."""

    product: ClassVar[Product] = Product(IntegrationType.EMBY, "Emby", oldest=(4, 0))
    listings: ClassVar[type[Listings]] = EmbyListings
