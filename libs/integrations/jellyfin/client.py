"""The Jellyfin client: users in one list, items listed for a user who is named in the query."""

from typing import ClassVar

from libs.common.domain.enums import IntegrationType
from libs.integrations.mediabrowser.client import MediaBrowserClient
from libs.integrations.mediabrowser.identity import Product
from libs.integrations.mediabrowser.listings import Listings, Wanted
from libs.integrations.mediabrowser.rows import UserRow


class JellyfinListings(Listings):
    """A key belongs to no user here: every list says for whom it is."""

    async def users(self) -> list[UserRow]:
        """Everybody, disabled people included."""
        return self.require_users(await self.read("/Users", list[UserRow]))

    def endpoint(self, user: str) -> str:  # noqa: ARG002  the user is in the query
        """The one list of items."""
        return "/Items"

    def own_params(self, wanted: Wanted) -> dict[str, str]:
        """The user, all movies instead of the collections around them, and no episodes that are only announced."""
        return {"userId": wanted.user_id, "collapseBoxSetItems": "false", "excludeLocationTypes": "Virtual"}


class JellyfinClient(MediaBrowserClient):
    """One Jellyfin."""

    product: ClassVar[Product] = Product(IntegrationType.JELLYFIN, "Jellyfin", oldest=(10, 9))
    listings: ClassVar[type[Listings]] = JellyfinListings
