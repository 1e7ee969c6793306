"""The Tracearr client: what was watched on several media servers at once."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from libs.common.domain.enums import IntegrationType
from libs.integrations.audience import Play, PlayReading, ServerRef, SourceUser
from libs.integrations.config import IntegrationConfig
from libs.integrations.deadlines import Deadline
from libs.integrations.errors import ErrorClass, UpstreamConfusingError, UpstreamError, UpstreamIncompleteError
from libs.integrations.hints import address_hint
from libs.integrations.http import DEADLINE_S, TEST_DEADLINE_S, UpstreamHttp
from libs.integrations.loose import Scalar, text
from libs.integrations.models import ConnectionFacts
from libs.integrations.retries import ONCE, READ, RetryRule
from libs.integrations.tracearr.first import FirstApi
from libs.integrations.tracearr.people import person_of, watcher_of
from libs.integrations.tracearr.reading import FULL_REACH, Reach, first_plays, second_plays
from libs.integrations.tracearr.rows import SessionRow
from libs.integrations.tracearr.second import TALLIES, SecondApi
from libs.integrations.tracearr.titles import KINDS

_SERVER_TYPES = {each.value: each for each in (IntegrationType.PLEX, IntegrationType.JELLYFIN, IntegrationType.EMBY)}
_EVERY_SERVER = ("",)


@dataclass(frozen=True, slots=True)
class Release:
    """What answers: its version, whether it has the second API, and the servers, as far as that one tells them."""

    version: str
    has_second: bool
    servers: tuple[ServerRef, ...]
    tells_servers: bool = True


class TracearrClient:
    """One Tracearr. `deadline_s` is for each page of a list, its repetitions included."""

    def __init__(
        self,
        http: UpstreamHttp,
        config: IntegrationConfig,
        *,
        deadline_s: float = DEADLINE_S,
        reach: Reach = FULL_REACH,
        tallies_per_page: int = TALLIES,
    ) -> None:
        self._http = http
        self._config = config
        self._first = FirstApi(http, config, deadline_s=deadline_s)
        self._second = SecondApi(http, config, deadline_s=deadline_s, tallies_per_page=tallies_per_page)
        self._reach = reach
        self._deadline_s = deadline_s

    async def aclose(self) -> None:
        """Close the pooled connections."""
        await self._http.aclose()

    async def test(self) -> ConnectionFacts:
        """Ask, within ten seconds, whether it is there and takes the key. A hint says when it watches no server."""
        release = await self._release(ONCE, TEST_DEADLINE_S)
        hint = address_hint(self._http, self._config)
        if release.tells_servers and not release.servers:
            hint = f"{self._config.name} has no media servers connected"
        return ConnectionFacts(app_name="Tracearr", version=release.version, hint=hint)

    async def probe(self) -> None:
        """Ask once whether it is there and takes the key."""
        await self._release(ONCE, TEST_DEADLINE_S)

    async def servers(self) -> tuple[ServerRef, ...]:
        """The media servers it watches. It does not tell their machine ids."""
        release = await self._release(READ, self._deadline_s)
        return release.servers if release.tells_servers else await self._first_servers(READ, self._deadline_s)

    async def users(self) -> tuple[SourceUser, ...]:
        """Everybody it knows. The first API tells people only as those who watched something."""
        try:
            return await self._people()
        except UpstreamConfusingError as exc:
            if exc.status != 404:
                raise
        return await self._watchers()

    def plays(self, since: datetime | None = None) -> PlayReading:
        """Plays of all people. Those that are counted come whole each time, single ones `since` a day before then."""
        return PlayReading(lambda reading: self._plays(reading, since), is_addition=since is not None)

    async def now_playing(self) -> frozenset[str]:
        """Ids of the titles and episodes that somebody is watching, the media servers' and Tracearr's own."""
        try:
            running = await self._second.streams()
        except UpstreamConfusingError as exc:
            if exc.status != 404:
                raise
            running = await self._first.streams()
        return frozenset().union(*map(self._playing_ids, running))

    def _playing_ids(self, row: SessionRow) -> frozenset[str]:
        """Raises when a movie or episode is running that it does not name: then nobody knows what to leave alone."""
        keys = (row.rating_key, row.grandparent_rating_key, row.media_id, row.show_media_id)
        found = frozenset(filter(None, map(text, keys)))
        if not found and text(row.media_type).lower() in {*KINDS, ""}:
            message = f"{self._config.name} does not say which title somebody is watching. Update it."
            raise UpstreamIncompleteError(message)
        return found

    async def _plays(self, reading: PlayReading, since: datetime | None) -> AsyncGenerator[list[Play], None]:
        release = await self._release(READ, self._deadline_s)
        if release.has_second:
            servers = [each.server for each in release.servers] if release.tells_servers else _EVERY_SERVER
            pages = second_plays(self._second, servers, reading, since, self._reach)
        else:
            pages = first_plays(self._first, reading, since)
        async with aclosing(pages):
            async for page in pages:
                yield page

    async def _people(self) -> tuple[SourceUser, ...]:
        found: list[SourceUser] = []
        async with aclosing(self._second.people()) as pages:
            async for page in pages:
                found += [person for row in page if (person := person_of(row)) is not None]
        if not found:  # nobody gets a key without being a user
            raise UpstreamIncompleteError(f"{self._config.name} names no user, not even the owner of its key.")
        return tuple(found)

    async def _watchers(self) -> tuple[SourceUser, ...]:
        found: dict[str, SourceUser] = {}
        for media_type in KINDS:
            async with aclosing(self._first.sessions(media_type, None).pages()) as pages:
                async for page in pages:
                    people = [watcher_of(row.user) for row in page if row.user is not None]
                    found |= {each.user_id: each for each in people if each is not None}
        return tuple(found.values())

    async def _release(self, rule: RetryRule, deadline_s: float) -> Release:
        """Which release answers. Raises `wrong_service` when it is somebody else."""
        deadline = Deadline(deadline_s)
        try:
            answer = await self._second.servers(rule, deadline.left_s)
        except UpstreamConfusingError as exc:
            if exc.status != 404:
                raise
        else:
            if answer.data is None:
                raise self._wrong_service(answer.app_name)
            servers = [_server(row.server_id, row.server_type, row.server_name) for row in answer.data]
            return Release(text(answer.tracearr_version), has_second=True, servers=self._identified(servers))
        if await self._second.answers(rule, deadline.left_s):
            return Release("2", has_second=True, servers=(), tells_servers=False)
        return await self._first_release(rule, deadline.left_s)

    async def _first_release(self, rule: RetryRule, deadline_s: float) -> Release:
        health = await self._first.health(rule, deadline_s)
        if text(health.status).lower() != "ok" or health.servers is None:
            raise self._wrong_service(health.app_name)
        servers = [_server(row.id, row.type, row.name) for row in health.servers]
        return Release(text(health.version), has_second=False, servers=self._identified(servers))

    async def _first_servers(self, rule: RetryRule, deadline_s: float) -> tuple[ServerRef, ...]:
        return (await self._first_release(rule, deadline_s)).servers

    def _identified(self, servers: list[ServerRef]) -> tuple[ServerRef, ...]:
        if not all(each.server for each in servers):
            raise UpstreamConfusingError(ErrorClass.BAD_RESPONSE, f"{self._config.name} names a server without its id.")
        return tuple(servers)

    def _wrong_service(self, found: Scalar) -> UpstreamError:
        message = f"This is {text(found) or 'something else'}, not {self._http.upstream.system.label}."
        return UpstreamConfusingError(ErrorClass.WRONG_SERVICE, message)


def _server(server: Scalar, kind: Scalar, name: Scalar) -> ServerRef:
    return ServerRef(text(server), type=_SERVER_TYPES.get(text(kind).lower()), name=text(name))
