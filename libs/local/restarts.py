"""When a crashed child is started again."""

from dataclasses import dataclass

FIRST_S = 0.5
LONGEST_S = 15.0
HEALTHY_AFTER_S = 30.0


@dataclass
class Restarts:
    """The delays of one child: doubling from half a second to a quarter of a minute, until it stays healthy."""

    started_at: float
    crashes_in_a_row: int = 0
    due_at: float | None = None

    def crashed(self, now: float) -> float:
        """Note a crash; answers in how many seconds the next start is due. All times are of one monotonic clock."""
        if now - self.started_at >= HEALTHY_AFTER_S:
            self.crashes_in_a_row = 0
        # the exponent is bounded, a child may crash for weeks
        wait_s = min(FIRST_S * 2.0 ** min(self.crashes_in_a_row, 10), LONGEST_S)
        self.due_at = now + wait_s
        self.crashes_in_a_row += 1
        return wait_s

    def started(self, now: float) -> None:
        """Note a start."""
        self.started_at = now
        self.due_at = None

    def due(self, now: float) -> bool:
        """Whether a start is due."""
        return self.due_at is not None and now >= self.due_at
