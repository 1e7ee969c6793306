"""The Plex client: the library, who watched what in it, and what they put on it."""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from datetime import datetime
from typing import TypeVar

from libs.common.domain.enums import IntegrationType
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
from libs.integrations.errors import ErrorClass, UpstreamConfusingError, UpstreamDeniedError
from libs.integrations.hints import address_hint
from libs.integrations.http import DEADLINE_S, TEST_DEADLINE_S, UpstreamHttp
from libs.integrations.loose import text
from libs.integrations.models import ConnectionFacts
from libs.integrations.plex import rows as wire
from libs.integrations.plex.accounts import OWNER, users_of
from libs.integrations.plex.library import SECTIONS, PlexLibrary
from libs.integrations.plex.lists import ONE_ROW, PlexLists
from libs.integrations.plex.marks import PlexMarks
from libs.integrations.plex.plays import HISTORY, PlexPlays
from libs.integrations.plex.titles import native_id
from libs.integrations.retries import ONCE, READ, RetryRule

T = TypeVar("T")
_NOT_THE_OWNER = (
    "The token does not belong to the owner of {name}: only the plays of its own user can be read. "
    "Use the owner's token."
)
_IDENTITIES_PER_TOKEN_CHECK = 9
"""The identity needs no token: every tenth probe asks for something that does (integrations.md 17.2)."""
_REFUSALS = frozenset({ErrorClass.AUTH, ErrorClass.FORBIDDEN})


class PlexClient:
    """One Plex Media Server. `deadline_s` is for each call, its repetitions included. plex.tv is never asked."""

    def __init__(self, http: UpstreamHttp, config: IntegrationConfig, *, deadline_s: float = DEADLINE_S) -> None:
        self._http = http
        self._config = config
        self._deadline_s = deadline_s
        self._test_deadline_s = min(TEST_DEADLINE_S, deadline_s)
        self._lists = PlexLists(http, deadline_s=deadline_s)
        self._library = PlexLibrary(self._lists)
        self._plays = PlexPlays(self._lists, self._library)
        self._marks = PlexMarks(self._lists, self._library)
        self._identities_left = 0

    async def aclose(self) -> None:
        """Close the pooled connections."""
        await self._http.aclose()

    async def test(self) -> ConnectionFacts:
        """Ask once, within ten seconds, whether a Plex is there, takes the token, and whose it is."""
        deadline = Deadline(self._test_deadline_s)
        identity = await self._identity(ONCE, deadline.left_s)
        await self._check_token(ONCE, deadline.left_s)
        accounts = await _unless_refused(self._read_accounts(ONCE, deadline.left_s))
        hint = self._not_the_owner if accounts is None else address_hint(self._http, self._config)
        return ConnectionFacts(app_name="Plex", version=text(identity.version), hint=hint)

    async def probe(self) -> None:
        """Ask once whether it is there. The first, the one after a failure and every tenth check the token too."""
        left, self._identities_left = self._identities_left, 0
        await self._identity(ONCE, self._test_deadline_s)
        if left > 0:
            self._identities_left = left - 1
            return
        await self._check_token(ONCE, self._test_deadline_s)
        self._identities_left = _IDENTITIES_PER_TOKEN_CHECK

    async def servers(self) -> tuple[ServerRef, ...]:
        """The server itself."""
        identity = await self._identity(READ, self._deadline_s)
        return (ServerRef(identity=text(identity.machine_identifier), type=IntegrationType.PLEX),)

    async def users(self) -> tuple[SourceUser, ...]:
        """Everybody who ever had access. None for a token that is not the owner's: it is told no names."""
        accounts = await self._accounts()
        return () if accounts is None else users_of(accounts)

    def titles(self) -> Reading[SourceTitle]:
        """Every movie and show; one that lies in several libraries comes once for each."""
        return Reading(self._library.titles)

    def plays(self, since: datetime | None = None) -> PlayReading:
        """Everybody's plays, newest first; since a time, with a day before it.

        For a token that may not read the history, the counters of its own user instead, whole and marked as partial.
        """

        def pages(reading: PlayReading) -> AsyncGenerator[list[Play], None]:
            return self._play_pages(reading, since)

        return PlayReading(pages, is_addition=since is not None)

    async def activity(self, item: PlayedItem) -> Activity:
        """Everybody's plays of one movie or episode. Raises for a token that may not read the history."""
        return await self._plays.of_item(item.native_id)

    def wishes(self) -> Reading[Wish]:
        """What is on deck for the token's user; of other people nothing is told."""
        return Reading(self._wish_pages)

    def collections(self) -> Reading[CollectionMember]:
        """The movies and shows in every collection."""
        return Reading(self._marks.collections)

    def labels(self) -> Reading[TitleLabel]:
        """The labels of every title that has one."""
        return Reading(self._marks.labels)

    async def now_playing(self) -> frozenset[str]:
        """Rating keys of what is being watched: of movies, episodes, and the seasons and shows they belong to."""
        rows = await self._lists.whole("/status/sessions", wire.ListAnswer[wire.ItemRow])
        keys = [key for row in rows for key in (row.rating_key, row.parent_rating_key, row.grandparent_rating_key)]
        return frozenset(found for key in keys if (found := native_id(key)))

    async def _play_pages(self, reading: PlayReading, since: datetime | None) -> AsyncGenerator[list[Play], None]:
        user = await self._own_account()
        if not user:
            reading.notes.is_partial = self._not_the_owner
        if await self._may_read_history():
            found = self._plays.history(reading, since)
        else:
            reading.notes.is_partial = self._not_the_owner
            found = self._plays.counters(reading, user)
        async with aclosing(found) as pages:
            async for page in pages:
                yield page

    async def _wish_pages(self, reading: Reading[Wish]) -> AsyncGenerator[list[Wish], None]:
        async with aclosing(self._marks.wishes(reading, await self._own_account())) as pages:
            async for page in pages:
                yield page

    async def _own_account(self) -> str:
        """The account of the token; empty when it is not the owner's, as nothing tells whose it is then."""
        return "" if await self._accounts() is None else OWNER

    async def _accounts(self) -> list[wire.AccountRow] | None:
        """All accounts; None when the token is good, but not the owner's."""
        found = await _unless_refused(self._read_accounts(READ, self._deadline_s))
        if found is None:
            await self._check_token(READ, self._deadline_s)
        return found

    async def _read_accounts(self, rule: RetryRule, deadline_s: float) -> list[wire.AccountRow]:
        shape = wire.ListAnswer[wire.AccountRow]
        return await self._lists.whole("/accounts", shape, rule=rule, deadline_s=deadline_s)

    async def _may_read_history(self) -> bool:
        """False when it is refused to this token; whether the token is good at all, the library tells."""
        shape = wire.ListAnswer[wire.ViewRow]
        return await _unless_refused(self._lists.whole(HISTORY, shape, ONE_ROW)) is not None

    async def _check_token(self, rule: RetryRule, deadline_s: float) -> None:
        """Raises `auth` for a token that does not count (any more)."""
        await self._lists.whole(SECTIONS, wire.ListAnswer[wire.SectionRow], rule=rule, deadline_s=deadline_s)

    async def _identity(self, rule: RetryRule, deadline_s: float) -> wire.Identity:
        """Which server it is. Raises `wrong_service` when it is no Plex."""
        answer = await self._http.read("/identity", wire.IdentityAnswer, rule=rule, deadline_s=deadline_s)
        if answer.container is None or not text(answer.container.machine_identifier):
            found = text(answer.app_name) or text(answer.product_name) or "something else"
            raise UpstreamConfusingError(ErrorClass.WRONG_SERVICE, f"This is {found}, not Plex.")
        return answer.container

    @property
    def _not_the_owner(self) -> str:
        return _NOT_THE_OWNER.format(name=self._config.name)


async def _unless_refused(read: Awaitable[T]) -> T | None:
    """What was read; None when the token has no right to it."""
    try:
        return await read
    except UpstreamDeniedError as exc:
        if exc.error_class not in _REFUSALS:
            raise
    return None
