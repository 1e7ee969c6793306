"""The system itself: start, updates, backups, reset."""

from typing import ClassVar

from libs.common.events.base import Event
from libs.common.events.texts import ErrorText


class _SystemEvent(Event):
    family: ClassVar[str] = "system"


class ServerStarted(_SystemEvent):
    type: ClassVar[str] = "server_started"
    version: str

    @property
    def message(self) -> str:
        return f"Capacitarr {self.version} started"


class UpdateAvailable(_SystemEvent):
    type: ClassVar[str] = "update_available"
    current_version: str
    latest_version: str
    release_url: str

    @property
    def message(self) -> str:
        return f"Version {self.latest_version} is available (running {self.current_version})"


class VersionCheck(_SystemEvent):
    type: ClassVar[str] = "version_check"
    current_version: str
    latest_version: str
    update_available: bool

    @property
    def message(self) -> str:
        if not self.update_available:
            return f"Version {self.current_version} is up to date"
        return f"Version {self.current_version} can be updated to {self.latest_version}"


class DataReset(_SystemEvent):
    type: ClassVar[str] = "data_reset"
    summary: dict[str, int]

    @property
    def message(self) -> str:
        return "Application data was reset"


class DatabaseBackupCompleted(_SystemEvent):
    type: ClassVar[str] = "database_backup_completed"
    path: str
    size_bytes: int
    backups_retained: int

    @property
    def message(self) -> str:
        return f"Database backed up to {self.path} ({self.size_bytes} bytes, {self.backups_retained} kept)"


class DatabaseBackupFailed(_SystemEvent):
    type: ClassVar[str] = "database_backup_failed"
    error: ErrorText

    @property
    def message(self) -> str:
        return f"Database backup failed: {self.error}"
