"""One Plex as its handlers see it: who asks, what they may see, and what the owner changed in it."""

from typing import NamedTuple

from libs.simulator.audience import MediaServer, ServerTitle, ViewEvent
from libs.simulator.calls import Answer, Call
from libs.simulator.plex.artwork import Artwork
from libs.simulator.plex.containers import PageRefusal, container, no_such_thing
from libs.simulator.plex.shelf import Shelf
from libs.simulator.plex.views import Views, views_of, watched
from libs.simulator.server import Asked, SimulatedServer
from libs.simulator.world import World

OWNER_ACCOUNT = 1
VERSION = "1.41.3.9314-a0bfb8370"
_FIRST_LABEL = 3301


class _State(NamedTuple):
    """Everything derived from one state of the library."""

    stamp: tuple[int, int, int, int]
    shelf: Shelf
    history: list[ViewEvent]
    views: dict[int, Views]


class PlexServer(SimulatedServer):
    """A Plex Media Server. Its key is the owner's token; every other account has a token of its own."""

    def __init__(self, world: World, media: MediaServer) -> None:
        super().__init__(world, media)
        self.media = media
        self.owner = media.users[0]
        self.names = {title.native: title.title for title in media.titles.values()}
        """Also of titles that have left the library since: the history keeps their names."""
        self.locked: dict[int, set[str]] = {}
        """Locked fields by rating key."""
        self.artwork: dict[int, Artwork] = {}
        self._guests = {world.key_for(f"{media.key}:{person}"): person for person in media.users[1:]}
        self._label_keys: dict[str, int] = {}
        self._state: _State | None = None

    def token_of(self, person: int) -> str:
        """The token of somebody with an account here."""
        if person == self.owner:
            return self.media.api_key
        return next(token for token, guest in self._guests.items() if guest == person)

    def open_answer(self, asked: Asked) -> Answer | None:
        """Who it is, anybody may know."""
        if asked.path != "/identity" or asked.method != "GET":
            return None
        return container(
            asked.headers,
            {
                "size": 0,
                "apiVersion": "1.1.1",
                "claimed": True,
                "machineIdentifier": self.media.machine_id,
                "version": self.version,
            },
        )

    def admits(self, asked: Asked) -> bool:
        """The owner's token in header or query, or a guest's in the header."""
        return super().admits(asked) or (asked.auth == "x-plex-token" and asked.key in self._guests)

    def denied(self, asked: Asked) -> Answer:  # noqa: ARG002  the same page for every call
        """A little web page."""
        return PageRefusal(401).answer()

    @property
    def version(self) -> str:
        return self.media.settings.version or VERSION

    def viewer(self, call: Call) -> int:
        """The person whose token came along."""
        return self._guests.get(call.headers.get("x-plex-token", ""), self.owner)

    def require_owner(self, call: Call) -> None:
        """Refuse guests: they may look at the library and change nothing."""
        if self.viewer(call) != self.owner:
            raise PageRefusal(403)

    def account_of(self, person: int) -> int:
        """A person's account number: the owner is 1, all others have their number of plex.tv."""
        return OWNER_ACCOUNT if person == self.owner else self.world.people[person].plex_id

    def title(self, native: int) -> ServerTitle:
        """The title of that rating key; refuses with 404."""
        found = self.media.titles.get(native)
        if found is None:
            raise no_such_thing()
        return found

    def label_key(self, label: str) -> int:
        """The number of a label, the same for every spelling of it."""
        return self._label_keys.setdefault(label.casefold(), _FIRST_LABEL + len(self._label_keys))

    @property
    def shelf(self) -> Shelf:
        return self._current().shelf

    @property
    def history(self) -> list[ViewEvent]:
        """What was watched to the end, newest first."""
        return self._current().history

    def views(self, person: int) -> Views:
        """One person's counters."""
        state = self._current()
        if person not in state.views:
            state.views[person] = views_of(person, self.media, state.history)
        return state.views[person]

    def _current(self) -> _State:
        media = self.media
        stamp = (media.revision, len(media.titles), len(media.plays), len(media.collections))
        if self._state is None or self._state.stamp != stamp:
            self.names.update((title.native, title.title) for title in media.titles.values())
            self._state = _State(stamp, Shelf(media), watched(media), {})
        return self._state
