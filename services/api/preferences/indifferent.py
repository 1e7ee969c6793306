"""Which preferences change nothing that the preview shows, so that nobody waits for new scores on their account."""

from services.api.rows import AnyRow, as_dict

INDIFFERENT = frozenset(
    {
        "log_level",
        "audit_log_retention_days",
        "poll_interval_seconds",
        "default_disk_group_mode",
        "deletions_enabled",
        "snooze_duration_hours",
        "check_for_updates",
        "deletion_queue_delay_seconds",
        "dead_content_min_days",
        "stale_content_days",
        "sunset_days",
        "sunset_label",
        "poster_overlay_style",
        "sunset_rescore_enabled",
        "saved_duration_days",
        "saved_label",
        "backup_retention_days",
        "disk_group_grace_period_days",
        "max_delete_pct_per_run",
        "source_shrink_pct",
        "convergence_pct",
        "unmonitor_seasons",
        "boomerang_days",
        "refuse_while_playing",
        "updated_at",
    }
)
"""Columns. One that is not named here counts: a needless scoring is cheaper than a list that is not true."""


def outdates_preview(before: AnyRow, after: AnyRow) -> bool:
    """Whether anything changed that scores, order or holds of items rest on."""
    old, new = as_dict(before), as_dict(after)
    return any(old[name] != new[name] for name in new if name not in INDIFFERENT)
