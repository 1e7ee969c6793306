"""What a targeted read has brought and not yet kept, and what became of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from services.sync.enrichment.local import TitleChange
from services.sync.integrations import Source
from services.sync.refresh.queries import Claimed

T = TypeVar("T")


class Outcome(StrEnum):
    """How a targeted read ended, for metrics and logs."""

    READ = "read"
    GONE = "gone"
    OVERTAKEN = "overtaken"
    WHOLE = "whole"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """An answer of an upstream about one thing, asked for at `claimed.began_at`."""

    source: Source
    claimed: Claimed
    facts: T


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of an answer. `change`: it stands, and its items can perhaps be merged alone."""

    outcome: Outcome
    change: TitleChange | None = None
