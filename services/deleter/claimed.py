"""A job in our hands: its facts, the right to work on it, and the settings that were true when it was claimed."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.deletions.job import Job
from libs.common.domain.enums import IntegrationType
from libs.common.domain.target import DeletionTarget

SOURCE = "deleter"
"""Who writes, in events."""


@dataclass(frozen=True, slots=True)
class Source:
    """The integration a job deletes through. `api_key` is sealed; `changed_at` moves whenever a person saves it."""

    id: int
    type: IntegrationType
    name: str
    url: str
    api_key: bytes
    verify_tls: bool
    ca_bundle: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Settings:
    """The owner's safety preferences, read in the transaction that claimed the job."""

    min_file_age_days: int
    unmonitor_seasons: bool
    refuse_while_playing: bool
    evidence_max_age_hours: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A leased job. `fence` is larger than that of every earlier claim: a write with an older one is refused.

    `attempts` are those that failed before. `began_at` is set once a delete call has been announced that may have
    been carried out: from then on an item that is gone was deleted by us. `is_interrupted`: its former worker died
    or lost contact after the announcement, so all there is to do is to ask. `is_known`: the catalogue has the item.
    """

    job: Job
    fence: int
    owner: str
    attempts: int
    began_at: datetime | None
    source: Source
    settings: Settings
    is_interrupted: bool
    is_known: bool

    @property
    def target(self) -> DeletionTarget:
        """What exactly is deleted. Raises `InvalidTargetError` when the row does not say so completely (S-01)."""
        return DeletionTarget.parse(self.job.integration_id, self.job.media_type, self.job.external_id)
