"""Preferences on the wire: what is shown, what may be sent, and which group holds which member."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from libs.common.domain.enums import ExecutionMode, LogLevel, PosterOverlayStyle, Tiebreaker
from libs.common.domain.safety import MAX_DAYS
from services.api.rows import AnyRow, as_dict
from services.api.wire import Answer, Body, Flag, Text, Time, Whole

MAX_HOURS = 876_000
MAX_SECONDS = 31_536_000
BACKUP_DAYS = (3, 7, 14, 30)
DEFAULT_POLL_S = 300
DEFAULT_DELAY_S = 30


def _zero_means(default: int) -> BeforeValidator:
    return BeforeValidator(lambda value: default if value == 0 and value is not False else value)


def _blank_means_size(value: object) -> object:
    return Tiebreaker.SIZE_DESC.value if value == "" else value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _one_of_backup_days(value: int) -> int:
    if value not in BACKUP_DAYS:
        raise ValueError(f"must be one of {', '.join(map(str, BACKUP_DAYS))}")
    return value


Days = Annotated[Whole, Field(ge=0, le=MAX_DAYS)]
Share = Annotated[Whole, Field(ge=0, le=100)]
Label = Annotated[Text, Field(min_length=1, max_length=200), AfterValidator(_not_blank)]
Poll = Annotated[Whole, Field(ge=60, le=MAX_SECONDS), _zero_means(DEFAULT_POLL_S)]
Delay = Annotated[Whole, Field(ge=10, le=300), _zero_means(DEFAULT_DELAY_S)]
BackupDays = Annotated[Whole, AfterValidator(_one_of_backup_days), Field(json_schema_extra={"enum": list(BACKUP_DAYS)})]
Tie = Annotated[Tiebreaker, BeforeValidator(_blank_means_size)]


class EngineGroup(Body):
    """Members of `PATCH /preferences/engine`."""

    default_disk_group_mode: ExecutionMode = ExecutionMode.DRY_RUN
    tiebreaker_method: Tie = Tiebreaker.SIZE_DESC
    deletions_enabled: Flag = False
    snooze_duration_hours: Annotated[Whole, Field(ge=1, le=MAX_HOURS)] = 24


class SunsetGroup(Body):
    """Members of `PATCH /preferences/sunset`. The two labels must differ."""

    sunset_days: Annotated[Whole, Field(ge=1, le=365)] = 30
    sunset_label: Label = "capacitarr-sunset"
    poster_overlay_style: PosterOverlayStyle = PosterOverlayStyle.COUNTDOWN
    sunset_rescore_enabled: Flag = True
    saved_duration_days: Days = 7
    saved_label: Label = "capacitarr-saved"


class ContentGroup(Body):
    """Members of `PATCH /preferences/content`."""

    dead_content_min_days: Annotated[Whole, Field(ge=1, le=MAX_DAYS)] = 90
    stale_content_days: Annotated[Whole, Field(ge=1, le=MAX_DAYS)] = 180


class AdvancedGroup(Body):
    """Members of `PATCH /preferences/advanced`. 0 means the default for the two intervals in seconds."""

    log_level: LogLevel = LogLevel.INFO
    poll_interval_seconds: Poll = DEFAULT_POLL_S
    deletion_queue_delay_seconds: Delay = DEFAULT_DELAY_S
    audit_log_retention_days: Days = 30
    check_for_updates: Flag = True
    backup_retention_days: BackupDays = 7
    disk_group_grace_period_days: Days = 7


class SafetyGroup(Body):
    """Members of `PATCH /preferences/safety`. 0 turns a share off, 100 `maxDeletePctPerRun`."""

    evidence_max_age_hours: Annotated[Whole, Field(ge=1, le=8760)] = 48
    evidence_min_weight_pct: Share = 60
    min_file_age_days: Days = 7
    max_delete_pct_per_run: Annotated[Whole, Field(ge=1, le=100)] = 30
    source_shrink_pct: Share = 50
    convergence_pct: Share = 50
    unmonitor_seasons: Flag = True
    count_earlier_plays: Flag = False
    season_inherits_show_activity: Flag = True
    boomerang_days: Days = 30
    refuse_while_playing: Flag = True


class PreferencesChange(EngineGroup, SunsetGroup, ContentGroup, AdvancedGroup, SafetyGroup):
    """Any subset of the preferences; absent members keep their value."""


class Preferences(Answer):
    """All preferences. `logLevelOverridden`: the environment pins the level."""

    id: int
    log_level: LogLevel
    audit_log_retention_days: int
    poll_interval_seconds: int
    default_disk_group_mode: ExecutionMode
    tiebreaker_method: Tiebreaker
    deletions_enabled: bool
    snooze_duration_hours: int
    check_for_updates: bool
    dead_content_min_days: int
    stale_content_days: int
    sunset_days: int
    sunset_label: str
    poster_overlay_style: PosterOverlayStyle
    sunset_rescore_enabled: bool
    saved_duration_days: int
    saved_label: str
    backup_retention_days: int
    disk_group_grace_period_days: int
    deletion_queue_delay_seconds: int
    evidence_max_age_hours: int
    evidence_min_weight_pct: int
    min_file_age_days: int
    max_delete_pct_per_run: int
    source_shrink_pct: int
    convergence_pct: int
    unmonitor_seasons: bool
    count_earlier_plays: bool
    season_inherits_show_activity: bool
    boomerang_days: int
    refuse_while_playing: bool
    updated_at: Time
    log_level_overridden: bool

    @classmethod
    def of(cls, row: AnyRow, *, pinned: bool) -> "Preferences":
        """From the stored row."""
        return cls.model_validate(as_dict(row) | {"log_level_overridden": pinned})
