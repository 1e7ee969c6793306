"""When a crashed child is started again."""

from dataclasses import dataclass

FIRST_S = 0.5
LONGEST_S = 15.0
HEALTHY_AFTER_S = 30.0


@dataclass
class Restarts:
    """The delays of one child: doubling from half a second to a quarter of a minute, until it stays healthy."""

    started_at: float
    delay_s: float = FIRST_S
    due_at: float | None = None

    def crashed(self, now: float) -> float:
        """Note a crash; answers in how many seconds the next start is due. All times are of one monotonic clock."""
        if now - self.started_at >= HEALTHY_AFTER_S:
            self.delay_s = FIRST_S
        wait_s = self.delay_s
        self.due_at = now + wait_s
        self.delay_s = min(self.delay_s * 2, LONGEST_S)
        return wait_s

    def started(self, now: float) -> None:
        """Note a start."""
        self.started_at = now
        self.due_at = None

    def due(self, now: float) -> bool:
        """Whether a start is due."""
        return self.due_at is not None and now >= self.due_at
