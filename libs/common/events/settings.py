"""Changes of what the owner chose."""

from typing import Any, ClassVar

from libs.common.events.base import Event


class _SettingsEvent(Event):
    family: ClassVar[str] = "settings"


class SettingsChanged(_SettingsEvent):
    type: ClassVar[str] = "settings_changed"
    changes: dict[str, Any] | None = None

    @property
    def message(self) -> str:
        return "Settings saved"


class ThresholdChanged(_SettingsEvent):
    type: ClassVar[str] = "threshold_changed"
    mount_path: str
    threshold_pct: float
    target_pct: float

    @property
    def message(self) -> str:
        return f"{self.mount_path}: clean-up starts at {self.threshold_pct:.0f}% and aims for {self.target_pct:.0f}%"


class SettingsExported(_SettingsEvent):
    type: ClassVar[str] = "settings_exported"
    sections: list[str]

    @property
    def message(self) -> str:
        return f"Settings exported: {', '.join(self.sections)}"


class SettingsImported(_SettingsEvent):
    type: ClassVar[str] = "settings_imported"
    sections: list[str]
    result: dict[str, Any]

    @property
    def message(self) -> str:
        return f"Settings imported: {', '.join(self.sections)}"
