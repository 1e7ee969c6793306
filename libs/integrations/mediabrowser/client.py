"""What the clients of Jellyfin and Emby share: who is there, what they hold, and what everybody did with it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import ClassVar

from libs.integrations.audience import (
    Activity,
    CollectionMember,
    Play,
    PlayedItem,
    PlayReading,
    Reading,
    ServerRef,
    SourceTitle,
    SourceUser,
    TitleLabel,
    Wish,
)
from libs.integrations.config import IntegrationConfig
from libs.integrations.deadlines import Deadline
from libs.integrations.errors import ErrorClass, UpstreamDeniedError
from libs.integrations.hints import address_hint
from libs.integrations.http import DEADLINE_S, TEST_DEADLINE_S, UpstreamHttp
from libs.integrations.loose import text
from libs.integrations.mediabrowser.activity import activity_of
from libs.integrations.mediabrowser.history import UserHistory
from libs.integrations.mediabrowser.identity import Product, require
from libs.integrations.mediabrowser.library import collection_pages, title_pages, wish_pages
from libs.integrations.mediabrowser.listings import Listings
from libs.integrations.mediabrowser.people import overseer, user_id, user_of
from libs.integrations.mediabrowser.rows import InfoRow, ItemRow, SessionRow
from libs.integrations.mediabrowser.titles import item_id
from libs.integrations.models import ConnectionFacts
from libs.integrations.retries import ONCE, READ, RetryRule

_INFO, _PUBLIC_INFO = "/System/Info", "/System/Info/Public"
_PUBLIC_PROBES_PER_KEY_CHECK = 9
"""The public info needs no key: every tenth probe asks for something that does (integrations.md 17.2)."""


class MediaBrowserClient:
    """A client of one server. `deadline_s` is for each page, its repetitions included."""

    product: ClassVar[Product]
    listings: ClassVar[type[Listings]]

    def __init__(self, http: UpstreamHttp, config: IntegrationConfig, *, deadline_s: float = DEADLINE_S) -> None:
        self._http = http
        self._config = config
        self._listings = self.listings(http, config.name, READ, deadline_s)
        self._deadline_s = deadline_s
        self._public_probes_left = 0
        self._labels: list[TitleLabel] | None = None

    async def aclose(self) -> None:
        """Close the pooled connections."""
        await self._http.aclose()

    async def test(self) -> ConnectionFacts:
        """Ask once, within ten seconds: who answers, whether it takes the key, and whether anybody uses it."""
        deadline = Deadline(TEST_DEADLINE_S)
        await self._info(_PUBLIC_INFO, ONCE, deadline.left_s)
        info = await self._info(_INFO, ONCE, deadline.left_s)
        users = await self.listings(self._http, self._config.name, ONCE, deadline.left_s).users()
        hint = address_hint(self._http, self._config) or (None if overseer(users) else self._blind())
        return ConnectionFacts(self.product.label, text(info.version), hint=hint)

    async def probe(self) -> None:
        """Ask once whether it is there. The first probe, the one after a failure and every tenth check the key too."""
        left, self._public_probes_left = self._public_probes_left, 0
        await self._info(_PUBLIC_INFO if left else _INFO, ONCE, TEST_DEADLINE_S)
        self._public_probes_left = left - 1 if left else _PUBLIC_PROBES_PER_KEY_CHECK

    async def servers(self) -> tuple[ServerRef, ...]:
        """The server itself, with its machine id."""
        info = await self._info(_INFO, READ, self._deadline_s)
        return (ServerRef(identity=text(info.id), type=self.product.type, name=text(info.server_name)),)

    async def users(self) -> tuple[SourceUser, ...]:
        """Everybody with an account, disabled people included."""
        return tuple(user_of(row, self.product.type) for row in await self._listings.users())

    def titles(self) -> Reading[SourceTitle]:
        """Every movie and show, as an administrator who sees the whole library does."""
        return Reading(self._title_pages)

    def plays(self, since: datetime | None = None) -> PlayReading:  # noqa: ARG002  the servers filter by the date of the item, not of the play
        """What every user played or began, counted per movie and episode; always all of it."""
        return PlayReading(self._play_pages)

    async def activity(self, item: PlayedItem) -> Activity:
        """What one user did with one item: played it, began it, marked it."""
        return await activity_of(self._listings, item)

    def wishes(self) -> Reading[Wish]:
        """The favourites of every user."""
        return Reading(self._wish_pages)

    def collections(self) -> Reading[CollectionMember]:
        """The members of every collection."""
        return Reading(self._collection_pages)

    def labels(self) -> Reading[TitleLabel]:
        """The tags of every title. Those that the last reading of the titles brought along are handed out, once."""
        return Reading(self._label_pages)

    async def now_playing(self) -> frozenset[str]:
        """The ids of the movies, episodes, their seasons and shows that somebody is watching."""
        sessions = await self._listings.read("/Sessions", list[SessionRow])
        playing = [row.now_playing_item for row in sessions if row.now_playing_item is not None]
        if not all(item_id(row.id) for row in playing):
            raise self._listings.unreadable("something is being watched that has no id")
        return frozenset(filter(None, (found for row in playing for found in _ids(row))))

    async def _title_pages(self, reading: Reading[SourceTitle]) -> AsyncGenerator[list[SourceTitle], None]:
        self._labels = None
        labels: list[TitleLabel] = []
        async with aclosing(title_pages(self._listings, await self._overseer(), reading, labels)) as pages:
            async for page in pages:
                yield page
        self._labels = labels

    async def _label_pages(self, reading: Reading[TitleLabel]) -> AsyncGenerator[list[TitleLabel], None]:
        if self._labels is None:
            titles = self.titles()
            async for _ in titles:
                continue
            reading.rows_skipped = titles.rows_skipped
        found, self._labels = self._labels, None
        if found:
            yield found

    async def _play_pages(self, reading: PlayReading) -> AsyncGenerator[list[Play], None]:
        for user in await self._listings.users():
            history = UserHistory(self._listings, user_id(user.id), reading.notes)
            async with aclosing(history.pages()) as pages:
                async for page in pages:
                    yield page

    async def _wish_pages(self, reading: Reading[Wish]) -> AsyncGenerator[list[Wish], None]:
        for user in await self._listings.users():
            async with aclosing(wish_pages(self._listings, user_id(user.id), reading)) as pages:
                async for page in pages:
                    yield page

    async def _collection_pages(
        self, reading: Reading[CollectionMember]
    ) -> AsyncGenerator[list[CollectionMember], None]:
        async with aclosing(collection_pages(self._listings, await self._overseer(), reading)) as pages:
            async for page in pages:
                yield page

    async def _overseer(self) -> str:
        found = overseer(await self._listings.users())
        if not found:
            raise UpstreamDeniedError(ErrorClass.FORBIDDEN, self._blind())
        return found

    def _blind(self) -> str:
        return (
            f"No enabled administrator of {self._config.name} sees all of its libraries, so that they cannot be read "
            "completely. Give one access to all folders, without limits."
        )

    async def _info(self, endpoint: str, rule: RetryRule, deadline_s: float) -> InfoRow:
        """Who answers. Raises `wrong_service` when it is somebody else."""
        return require(self.product, await self._http.read(endpoint, InfoRow, rule=rule, deadline_s=deadline_s))


def _ids(row: ItemRow) -> tuple[str, str, str]:
    return item_id(row.id), item_id(row.series_id), item_id(row.season_id)
