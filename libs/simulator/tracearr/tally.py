"""What Tracearr counts: per movie, episode and show the plays of all people, on all servers or on one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle, ViewEvent
from libs.simulator.recorded import Recording
from libs.simulator.tracearr.ids import Identity, identity

PLAY_S = 120
_WATCHED_SHARE = 0.85


@dataclass(slots=True)
class Tally:
    """Plays of one title or episode. `seen` are the episodes of a show that were watched."""

    title: ServerTitle
    season: int = 0
    episode: int = 0
    plays: int = 0
    newest_at: int = 0
    is_watched: bool = False
    seen: set[tuple[int, int]] = field(default_factory=set)

    def add(self, view: ViewEvent) -> None:
        """One play more."""
        self.plays += 1
        self.newest_at = max(self.newest_at, view.at)
        if is_watched(view, self.title):
            self.is_watched = True
            self.seen.add((view.season, view.episode))


Place = tuple[Identity, int, int]


class Tallies:
    """The tallies, counted when somebody asks and again when other plays are recorded. In order of first plays."""

    def __init__(self, recordings: Mapping[str, Recording]) -> None:
        self._recordings = recordings
        self._known: dict[tuple[str, str, int | None], list[Tally]] = {}
        self._state: object = None

    def of(self, media_type: str, server: str | None, person: int | None) -> list[Tally]:
        """Tallies of `movie`, `show` or `episode`, on one server or all (None), by one person or all (None)."""
        state = [recording.state for recording in self._recordings.values()]
        if self._state != state:
            self._known, self._state = {}, state
        wanted = (media_type, server or "", person)
        if wanted not in self._known:
            self._known[wanted] = [*self._counted(media_type, server, person).values()]
        return self._known[wanted]

    def _counted(self, media_type: str, server: str | None, person: int | None) -> dict[Place, Tally]:
        kind = TitleKind.MOVIE if media_type == "movie" else TitleKind.TV
        found: dict[Place, Tally] = {}
        for title, view in self._plays(server, person):
            if title.kind is not kind:
                continue
            season, episode = (view.season, view.episode) if media_type == "episode" else (0, 0)
            place = (identity(title), season, episode)
            tally = found.get(place)
            if tally is None:
                tally = found[place] = Tally(title, season, episode)
            tally.add(view)
        return found

    def _plays(self, server: str | None, person: int | None) -> Iterator[tuple[ServerTitle, ViewEvent]]:
        for key, recording in self._recordings.items():
            if server not in {None, key}:
                continue
            for view in reversed(recording.plays()):
                title = recording.title(view.title)
                if title is not None and is_play(view) and person in {None, view.person}:
                    yield title, view


def is_play(view: ViewEvent) -> bool:
    """A session of two minutes or more."""
    return view.seconds >= PLAY_S


def is_watched(view: ViewEvent, title: ServerTitle | None) -> bool:
    """Whether a session reached Tracearr's own threshold."""
    return title is not None and view.seconds >= title.runtime_s * _WATCHED_SHARE
