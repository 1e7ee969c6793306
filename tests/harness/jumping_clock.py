"""A clock that tests move, also under running processes."""

import json
from pathlib import Path

from libs.common.clock import Clock


class JumpingClock(Clock):
    """A clock whose file the test writes; processes started with the same file jump with it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset_s = 0.0
        self.jump()
        super().__init__(path)

    def jump(self, *, days: float = 0, hours: float = 0, seconds: float = 0) -> None:
        """Move business time; negative values go back."""
        self.offset_s += days * 86_400 + hours * 3_600 + seconds
        self.path.write_text(json.dumps({"offset_s": self.offset_s, "rate": 1}))

    def run_faster(self, rate: float) -> None:
        """From now on let so many seconds of business time pass in one."""
        self.path.write_text(json.dumps({"offset_s": self.offset_s, "rate": rate}))

    def reset(self) -> None:
        """Back to real time."""
        self.offset_s = 0.0
        self.jump()
