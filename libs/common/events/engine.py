"""What the engine tells about its runs."""

from typing import ClassVar

from libs.common.events.base import Event
from libs.common.events.texts import ErrorText


class _EngineEvent(Event):
    family: ClassVar[str] = "engine"


class EngineStart(_EngineEvent):
    type: ClassVar[str] = "engine_start"
    execution_mode: str

    @property
    def message(self) -> str:
        return f"Engine run started in {self.execution_mode} mode"


class EngineComplete(_EngineEvent):
    type: ClassVar[str] = "engine_complete"
    evaluated: int
    flagged: int
    duration_ms: int
    execution_mode: str
    freed_bytes: int
    completed_at_epoch: int

    @property
    def message(self) -> str:
        return f"Engine run completed: evaluated {self.evaluated}, flagged {self.flagged}"


class EngineError(_EngineEvent):
    type: ClassVar[str] = "engine_error"
    error: ErrorText

    @property
    def message(self) -> str:
        return f"Engine run failed: {self.error}"


class ManualRunTriggered(_EngineEvent):
    type: ClassVar[str] = "manual_run_triggered"

    @property
    def message(self) -> str:
        return "Engine run requested"


class EnrichmentComplete(_EngineEvent):
    type: ClassVar[str] = "enrichment_complete"
    enrichers_run: int
    items_processed: int
    total_matches: int
    zero_matchers: list[str]
    timestamp: str

    @property
    def message(self) -> str:
        missed = f", {len(self.zero_matchers)} without a match" if self.zero_matchers else ""
        return f"Enrichment finished: {self.enrichers_run} sources, {self.total_matches} matches{missed}"


class EngineModeChanged(_EngineEvent):
    type: ClassVar[str] = "engine_mode_changed"
    old_mode: str
    new_mode: str

    @property
    def message(self) -> str:
        return f"Default mode changed from {self.old_mode} to {self.new_mode}"
