"""What a history recorded of one media server, and what it still knows of titles that are gone from there."""

from bisect import bisect_left

from libs.simulator.audience import History, MediaServer, ServerSeason, ServerTitle, ViewEvent

_State = tuple[int, int, int, frozenset[int]]


class Recording:
    """A history's view of one media server. Titles it has once seen keep their names for it."""

    def __init__(self, history: History, server: MediaServer) -> None:
        self.history = history
        self.server = server
        self._titles = dict(server.titles)
        self._plays: list[ViewEvent] = []
        self._state: _State | None = None

    @property
    def state(self) -> _State:
        """Changes whenever other plays are recorded."""
        history = self.history
        return len(self.server.plays), self.server.revision, history.since, history.users_without_history

    def plays(self) -> list[ViewEvent]:
        """The recorded plays, newest first; not to be changed."""
        if self._state != self.state:
            self._state = self.state
            self._titles.update(self.server.titles)
            recorded = self.server.plays[bisect_left(self.server.plays, self.history.since, key=lambda view: view.at) :]
            hidden = self.history.users_without_history
            self._plays = [view for view in reversed(recorded) if view.person not in hidden]
        return self._plays

    def title(self, native: int) -> ServerTitle | None:
        """The title of that number; None when it was never there."""
        return self._titles.get(native) or self.server.titles.get(native)

    def titles(self) -> list[ServerTitle]:
        """Every title it has ever seen, also those that are gone."""
        self._titles.update(self.server.titles)
        return [*self._titles.values()]

    def season_of(self, view: ViewEvent) -> ServerSeason | None:
        """The season in which an episode was played; None for movies."""
        title = self.title(view.title)
        return next((season for season in title.seasons if season.number == view.season), None) if title else None
