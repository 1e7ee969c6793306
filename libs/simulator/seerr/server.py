"""One Seerr as its handlers see it: the desk, its media table, its accounts, and who may ask."""

from typing import ClassVar, NamedTuple

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import Person, Request, RequestDesk
from libs.simulator.calls import Answer, as_json
from libs.simulator.server import Asked, SimulatedServer, index_page
from libs.simulator.world import Instance, World

PREFIX = "/api/v1"
_OPEN = frozenset({f"{PREFIX}/status", f"{PREFIX}/settings/public"})
NO_PERMISSION = {"status": 403, "error": "You do not have permission to access this endpoint"}

MediaKey = tuple[TitleKind, int]


class Media(NamedTuple):
    """A title in the media table, with everything that was asked about it."""

    id: int
    key: MediaKey
    requests: list[Request]


class SeerrServer(SimulatedServer):
    """A request desk. Media get numbers in the order of the requests that brought them."""

    reads_of_library: ClassVar[tuple[str, ...]] = (f"{PREFIX}/request", f"{PREFIX}/media")

    def __init__(self, world: World, desk: RequestDesk) -> None:
        super().__init__(world, desk)
        self.desk = desk
        self._media_ids: dict[MediaKey, int] = {}
        self._next_media_id = 1
        self._natives: dict[str, tuple[int, dict[MediaKey, int]]] = {}
        self.media()

    @property
    def is_overseerr(self) -> bool:
        """The frozen ancestor: fewer query names, filters and statuses."""
        return self.desk.version.startswith("1.")

    def open_answer(self, asked: Asked) -> Answer | None:
        """Version and public settings need no key; whatever is no API is the web interface."""
        if not asked.path.startswith("/api/"):
            return index_page()
        if asked.method != "GET" or asked.path not in _OPEN:
            return None
        return self._version() if asked.path.endswith("/status") else self._public_settings()

    def denied(self, asked: Asked) -> Answer:  # noqa: ARG002  every caller gets the same words
        """A bad key is a lack of permission, not of authentication."""
        return as_json(NO_PERMISSION, 403)

    def people(self) -> list[Person]:
        """Everybody with an account, in the order of their numbers here."""
        return [self.world.people[number] for number in sorted(self.desk.users)]

    def person(self, desk_id: int) -> Person | None:
        """The account of that number."""
        return next((each for each in self.people() if each.desk_id == desk_id), None)

    def media(self) -> dict[MediaKey, Media]:
        """The media table in the order of its numbers. A media row outlives its requests."""
        asked: dict[MediaKey, list[Request]] = {key: [] for key in self._media_ids}
        for request in self.desk.requests:
            if not request.damaged:
                asked.setdefault((request.kind, request.tmdb_id), []).append(request)
        for key in asked:
            if key not in self._media_ids:
                self._media_ids[key] = self._next_media_id
                self._next_media_id += 1
        return {key: Media(self._media_ids[key], key, requests) for key, requests in asked.items()}

    def forget(self, media: Media) -> None:
        """Take a title out of the media table, and its requests along."""
        del self._media_ids[media.key]
        self.desk.requests = [each for each in self.desk.requests if each.damaged or _key(each) != media.key]

    def service_id(self, arr: str) -> int | None:
        """The number of an *arr among those of its kind; None when it is not there."""
        instance = self.world.instances.get(arr)
        if instance is None:
            return None
        return [each.key for each in self.services(instance.kind)].index(arr)

    def services(self, kind: IntegrationType) -> list[Instance]:
        """The *arr of one kind, in the order of their numbers here."""
        return [each for each in self.world.instances.values() if each.kind is kind]

    def native(self, kind: IntegrationType, key: MediaKey) -> int | None:
        """The number of a title on the first media server of a kind; None where it is not there."""
        server = next((each for each in self.world.media_servers.values() if each.kind is kind), None)
        if server is None:
            return None
        mark, natives = self._natives.get(server.key, (-1, {}))
        if mark != len(server.titles):
            natives = {(title.kind, title.tmdb_id): title.native for title in server.titles.values()}
            self._natives[server.key] = (len(server.titles), natives)
        return natives.get(key)

    def _version(self) -> Answer:
        return as_json(
            {
                "version": self.desk.version,
                "commitTag": "local",
                "updateAvailable": False,
                "commitsBehind": 0,
                "restartRequired": False,
            }
        )

    def _public_settings(self) -> Answer:
        return as_json({"initialized": True, "applicationTitle": self.desk.name, "localLogin": True})


def _key(request: Request) -> MediaKey:
    return request.kind, request.tmdb_id
