"""How soon the preview follows what changed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Real seconds.

    `look_every_s`: when nobody wakes us; a wake-up may be lost, the row that wants something is not. However busy the
    queues are, the list is rendered for their sake at most once in `render_every_s`; new scores do not wait for that.
    They wait `merge_within_s` for the merge behind a read: one title is merged meanwhile, and scored once, not twice.
    """

    look_every_s: float = 1.0
    render_every_s: float = 1.0
    merge_within_s: float = 1.0
    merge_at_most_s: float = 2.0

    def merge_awaited_s(self, scoring_took_s: float) -> float:
        """On a busy machine, where merging and scoring take longer, half as long as the last scoring took."""
        return max(self.merge_within_s, min(scoring_took_s / 2, self.merge_at_most_s))


PACE = Pace()
