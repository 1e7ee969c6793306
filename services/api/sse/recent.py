"""The newest frames in memory, so that most returning clients need no look into the stream."""

from collections import deque

from services.api.sse.frames import Frame

CAPACITY = 1000
_REMEMBERED_IDS = 10_000


class RecentFrames:
    """Frames above `after`, complete up to `last`. It is complete as a whole once `last` has reached `target`."""

    def __init__(self, after: int, target: int) -> None:
        self.after = after
        self.last = after
        self._target = target
        self._frames: deque[Frame] = deque()
        self._ids: dict[str, None] = {}

    @property
    def complete(self) -> bool:
        """Whether everything that was stored when we began has been read."""
        return self.last >= self._target

    def skip(self, sequence: int) -> None:
        """Go past a message that is no event."""
        self.last = sequence

    def add(self, frame: Frame) -> bool:
        """Remember a frame; False when it repeats an event under a new sequence (events-notifications.md 3.6)."""
        self.last = frame.sequence
        if frame.envelope_id in self._ids:
            return False
        self._ids[frame.envelope_id] = None
        if len(self._ids) > _REMEMBERED_IDS:
            del self._ids[next(iter(self._ids))]
        self._frames.append(frame)
        if len(self._frames) > CAPACITY:
            self.after = self._frames.popleft().sequence
        return True

    def covers(self, cursor: int) -> bool:
        """Whether everything above `cursor` is here."""
        return cursor >= self.after

    def since(self, cursor: int) -> list[Frame]:
        """What stands above `cursor`, in order. Only complete when `covers(cursor)`."""
        return [frame for frame in self._frames if frame.sequence > cursor]
