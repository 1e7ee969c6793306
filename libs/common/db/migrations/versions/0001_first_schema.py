"""The first schema: every table of the product."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_uuid", sa.Uuid(), nullable=False),
        sa.Column("stream_seq", sa.BigInteger(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_activity_events")),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(op.f("ix_activity_events_created_at_id"), "activity_events", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_activity_events_event_type"), "activity_events", ["event_type"], unique=False)
    op.create_index(
        op.f("ix_activity_events_event_uuid_created_at"), "activity_events", ["event_uuid", "created_at"], unique=True
    )
    op.create_table(
        "deletion_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion_batches")),
    )
    op.create_index(
        op.f("ix_deletion_batches_created_at"),
        "deletion_batches",
        ["created_at"],
        unique=False,
        postgresql_where="completed_at is null",
    )
    op.create_index(op.f("ix_deletion_batches_run_id"), "deletion_batches", ["run_id"], unique=False)
    op.create_table(
        "digest_states",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_facts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("batch_facts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_digest_states")),
    )
    op.create_index(op.f("ix_digest_states_deadline_at"), "digest_states", ["deadline_at"], unique=False)
    op.create_table(
        "disk_groups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("mount_path", sa.Text(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total_bytes_override", sa.BigInteger(), nullable=True),
        sa.Column("threshold_pct", sa.Double(), server_default="85", nullable=False),
        sa.Column("target_pct", sa.Double(), server_default="75", nullable=False),
        sa.Column("mode", sa.String(), server_default="dry-run", nullable=False),
        sa.Column("sunset_pct", sa.Double(), nullable=True),
        sa.Column("stale_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "read_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="time of the reading behind the sizes; null = unknown",
        ),
        sa.Column("discovered_in_run", sa.BigInteger(), nullable=True, comment="creates no jobs in that run (D2)"),
        sa.Column("breached_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breach_announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mode <> 'sunset' or sunset_pct is not null", name=op.f("ck_disk_groups_sunset_has_threshold")
        ),
        sa.CheckConstraint("mode in ('dry-run', 'approval', 'auto', 'sunset')", name=op.f("ck_disk_groups_mode_known")),
        sa.CheckConstraint(
            "sunset_pct is null or (sunset_pct > 0 and sunset_pct < target_pct)",
            name=op.f("ck_disk_groups_sunset_below_target"),
        ),
        sa.CheckConstraint("target_pct < threshold_pct", name=op.f("ck_disk_groups_target_below_threshold")),
        sa.CheckConstraint(
            "threshold_pct between 1 and 99 and target_pct between 1 and 99", name=op.f("ck_disk_groups_percentages")
        ),
        sa.CheckConstraint("total_bytes >= 0 and used_bytes >= 0", name=op.f("ck_disk_groups_sizes")),
        sa.CheckConstraint(
            "total_bytes_override is null or total_bytes_override > 0", name=op.f("ck_disk_groups_override")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disk_groups")),
        sa.UniqueConstraint("mount_path", name=op.f("uq_disk_groups_mount_path")),
    )
    op.create_table(
        "engine_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=True, comment="start; null while queued"),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evaluated", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("candidates", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("queued", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "deleted",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="grows while the run's jobs execute (deleter)",
        ),
        sa.Column(
            "freed_bytes",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="dry-run, approval: potential; real: executed",
        ),
        sa.Column("protected", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("execution_mode", sa.String(), server_default="dry-run", nullable=False),
        sa.Column("disk_group_modes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error_message", sa.Text(), server_default="", nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=True, comment="fencing token of the lease under which it runs"),
        sa.CheckConstraint(
            "execution_mode in ('dry-run', 'approval', 'auto', 'sunset')",
            name=op.f("ck_engine_runs_execution_mode_known"),
        ),
        sa.CheckConstraint("state in ('queued', 'running', 'done', 'failed')", name=op.f("ck_engine_runs_state_known")),
        sa.CheckConstraint(
            "trigger in ('startup', 'timer', 'manual', 'threshold', 'release')",
            name=op.f("ck_engine_runs_trigger_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engine_runs")),
    )
    op.create_index(op.f("ix_engine_runs_run_at"), "engine_runs", ["run_at"], unique=False)
    op.create_index("uq_engine_runs_queued", "engine_runs", ["state"], unique=True, postgresql_where="state = 'queued'")
    op.create_index(
        "uq_engine_runs_running", "engine_runs", ["state"], unique=True, postgresql_where="state = 'running'"
    )
    op.create_table(
        "factor_weights",
        sa.Column("factor_key", sa.String(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("weight between 0 and 10", name=op.f("ck_factor_weights_weight_range")),
        sa.PrimaryKeyConstraint("factor_key", name=op.f("pk_factor_weights")),
    )
    op.create_table(
        "integrations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("api_key", sa.LargeBinary(), nullable=False, comment="sealed by SecretBox"),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("library_id", sa.BigInteger(), nullable=True),
        sa.Column("collection_deletion", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("show_level_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("add_import_exclusion", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("verify_tls", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("ca_bundle", sa.Text(), nullable=True),
        sa.Column("deletions_per_minute", sa.BigInteger(), server_default="60", nullable=False),
        sa.Column(
            "removed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="hidden at once; the row goes after the clean-up",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("media_size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("media_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_sync", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("last_error_class", sa.Text(), server_default="", nullable=False),
        sa.Column("consecutive_failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("down_announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("app_version", sa.Text(), nullable=True),
        sa.Column("server_identity", sa.Text(), nullable=True),
        sa.Column(
            "recycle_bin", sa.Text(), nullable=True, comment="path of the upstream's recycle bin; null = not known"
        ),
        sa.CheckConstraint("name <> '' and url <> ''", name=op.f("ck_integrations_named")),
        sa.CheckConstraint(
            "type in ('sonarr', 'radarr', 'lidarr', 'readarr', 'plex', 'jellyfin', 'emby', 'tautulli', 'jellystat', 'tracearr', 'seerr')",
            name=op.f("ck_integrations_type_known"),
        ),
        sa.CheckConstraint("deletions_per_minute > 0", name=op.f("ck_integrations_pace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrations")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "lifetime_stats",
        sa.Column("id", sa.SmallInteger(), server_default="1", autoincrement=False, nullable=False),
        sa.Column("total_bytes_reclaimed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total_items_removed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total_engine_runs", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_lifetime_stats_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lifetime_stats")),
    )
    op.create_table(
        "notification_channels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("webhook_url", sa.LargeBinary(), nullable=False, comment="sealed by SecretBox"),
        sa.Column("apprise_tags", sa.Text(), server_default="", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("notification_level", sa.String(), server_default="normal", nullable=False),
        sa.Column("override_cycle_digest", sa.Boolean(), nullable=True),
        sa.Column("override_error", sa.Boolean(), nullable=True),
        sa.Column("override_mode_changed", sa.Boolean(), nullable=True),
        sa.Column("override_server_started", sa.Boolean(), nullable=True),
        sa.Column("override_threshold_breach", sa.Boolean(), nullable=True),
        sa.Column("override_update_available", sa.Boolean(), nullable=True),
        sa.Column("override_approval_activity", sa.Boolean(), nullable=True),
        sa.Column("override_integration_status", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "notification_level in ('off', 'critical', 'important', 'normal', 'verbose')",
            name=op.f("ck_notification_channels_notification_level_known"),
        ),
        sa.CheckConstraint("type in ('discord', 'apprise')", name=op.f("ck_notification_channels_type_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_channels")),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False, comment="version 7; also the envelope's id and the Nats-Msg-Id"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="real time of the insert"),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False, comment="business time of the change"),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", "created_at", name=op.f("pk_outbox")),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(op.f("ix_outbox_id"), "outbox", ["id"], unique=False)
    op.create_index(op.f("ix_outbox_seq"), "outbox", ["seq"], unique=False, postgresql_where="published_at is null")
    op.create_table(
        "poster_originals",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_poster_originals")),
    )
    op.create_table(
        "preferences",
        sa.Column("id", sa.SmallInteger(), server_default="1", autoincrement=False, nullable=False),
        sa.Column("log_level", sa.String(), server_default="info", nullable=False),
        sa.Column("audit_log_retention_days", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("poll_interval_seconds", sa.BigInteger(), server_default="300", nullable=False),
        sa.Column("default_disk_group_mode", sa.String(), server_default="dry-run", nullable=False),
        sa.Column("tiebreaker_method", sa.String(), server_default="size_desc", nullable=False),
        sa.Column("deletions_enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("snooze_duration_hours", sa.BigInteger(), server_default="24", nullable=False),
        sa.Column("check_for_updates", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("deletion_queue_delay_seconds", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("dead_content_min_days", sa.BigInteger(), server_default="90", nullable=False),
        sa.Column("stale_content_days", sa.BigInteger(), server_default="180", nullable=False),
        sa.Column("sunset_days", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("sunset_label", sa.Text(), server_default="capacitarr-sunset", nullable=False),
        sa.Column("poster_overlay_style", sa.String(), server_default="countdown", nullable=False),
        sa.Column("sunset_rescore_enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("saved_duration_days", sa.BigInteger(), server_default="7", nullable=False),
        sa.Column("saved_label", sa.Text(), server_default="capacitarr-saved", nullable=False),
        sa.Column("backup_retention_days", sa.BigInteger(), server_default="7", nullable=False),
        sa.Column("disk_group_grace_period_days", sa.BigInteger(), server_default="7", nullable=False),
        sa.Column("evidence_max_age_hours", sa.BigInteger(), server_default="48", nullable=False),
        sa.Column("evidence_min_weight_pct", sa.BigInteger(), server_default="60", nullable=False),
        sa.Column("min_file_age_days", sa.BigInteger(), server_default="7", nullable=False),
        sa.Column("max_delete_pct_per_run", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("source_shrink_pct", sa.BigInteger(), server_default="50", nullable=False),
        sa.Column("convergence_pct", sa.BigInteger(), server_default="50", nullable=False),
        sa.Column("unmonitor_seasons", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("count_earlier_plays", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("season_inherits_show_activity", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("boomerang_days", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("refuse_while_playing", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "default_disk_group_mode in ('dry-run', 'approval', 'auto', 'sunset')",
            name=op.f("ck_preferences_default_disk_group_mode_known"),
        ),
        sa.CheckConstraint(
            "log_level in ('debug', 'info', 'warn', 'error')", name=op.f("ck_preferences_log_level_known")
        ),
        sa.CheckConstraint(
            "poster_overlay_style in ('off', 'countdown', 'simple')",
            name=op.f("ck_preferences_poster_overlay_style_known"),
        ),
        sa.CheckConstraint(
            "sunset_label <> '' and saved_label <> '' and sunset_label <> saved_label",
            name=op.f("ck_preferences_labels"),
        ),
        sa.CheckConstraint(
            "tiebreaker_method in ('size_desc', 'size_asc', 'name_asc', 'oldest_first', 'newest_first')",
            name=op.f("ck_preferences_tiebreaker_method_known"),
        ),
        sa.CheckConstraint("evidence_max_age_hours between 1 and 8760", name=op.f("ck_preferences_evidence_age")),
        sa.CheckConstraint(
            "evidence_min_weight_pct between 0 and 100 and source_shrink_pct between 0 and 100 and convergence_pct between 0 and 100",
            name=op.f("ck_preferences_safety_shares"),
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_preferences_single_row")),
        sa.CheckConstraint("max_delete_pct_per_run between 1 and 100", name=op.f("ck_preferences_max_delete_pct")),
        sa.CheckConstraint("min_file_age_days >= 0 and boomerang_days >= 0", name=op.f("ck_preferences_safety_days")),
        sa.CheckConstraint(
            "poll_interval_seconds = 0 or poll_interval_seconds >= 60", name=op.f("ck_preferences_poll_interval")
        ),
        sa.CheckConstraint("snooze_duration_hours >= 1", name=op.f("ck_preferences_snooze")),
        sa.CheckConstraint("sunset_days between 1 and 365", name=op.f("ck_preferences_sunset_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preferences")),
    )
    op.create_table(
        "preview_items",
        sa.Column("preview_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("modifier", sa.Double(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("rule_bits", sa.BigInteger(), nullable=False),
        sa.Column("watch_history", sa.REAL(), nullable=False),
        sa.Column("last_watched", sa.REAL(), nullable=False),
        sa.Column("file_size", sa.REAL(), nullable=False),
        sa.Column("rating", sa.REAL(), nullable=False),
        sa.Column("time_in_library", sa.REAL(), nullable=False),
        sa.Column("series_status", sa.REAL(), nullable=False),
        sa.Column("request_popularity", sa.REAL(), nullable=False),
        sa.PrimaryKeyConstraint("preview_id", "item_id", name=op.f("pk_preview_items")),
        postgresql_partition_by="LIST (preview_id)",
    )
    op.create_table(
        "preview_state",
        sa.Column("id", sa.SmallInteger(), server_default="1", autoincrement=False, nullable=False),
        sa.Column("preview_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "wanted_revision",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="raised by whoever changes what it shows",
        ),
        sa.Column("rendered_revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "wanted_scoring",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="raised by changes that need new scores",
        ),
        sa.Column("scored_scoring", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_preview_state_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview_state")),
    )
    op.create_table(
        "previews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_count", sa.BigInteger(), nullable=False),
        sa.Column("protected_count", sa.BigInteger(), nullable=False),
        sa.Column("weights", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column(
            "rules",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="{list: [...]} in rule order; bit n of an item = rule n",
        ),
        sa.Column(
            "skipped",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
            comment="factor key to reason",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
    )
    op.create_table(
        "rate_limit_hits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_limit_hits")),
    )
    op.create_index(
        op.f("ix_rate_limit_hits_bucket_client_at"), "rate_limit_hits", ["bucket", "client", "at"], unique=False
    )
    op.create_table(
        "rollup_checkpoints",
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("last_completed", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("resolution", name=op.f("pk_rollup_checkpoints")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("api_key", sa.Text(), nullable=True, comment="sha256:<hex> of the whole key text"),
        sa.Column("api_key_hint", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "tokens_valid_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="older tokens ended with a password change",
        ),
        sa.Column("kept_token_jti", sa.Text(), nullable=True, comment="the token that made that change"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("api_key", name=op.f("uq_users_api_key")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "approval_queue",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("media_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("score_details", sa.Text(), server_default="[]", nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("score", sa.Double(), server_default="0", nullable=False),
        sa.Column("poster_url", sa.Text(), server_default="", nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("disk_group_id", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), server_default="pending", nullable=False),
        sa.Column("trigger", sa.String(), server_default="engine", nullable=False),
        sa.Column("user_initiated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("collection_group", sa.Text(), server_default="", nullable=False),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "fingerprint",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="the facts the decision rests on (S-26)",
        ),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "version",
            sa.BigInteger(),
            server_default="1",
            nullable=False,
            comment="raised by every change: two people, one row",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "media_type in ('movie', 'show', 'season', 'episode', 'artist', 'book')",
            name=op.f("ck_approval_queue_media_type_known"),
        ),
        sa.CheckConstraint(
            "snoozed_until is null or status = 'rejected'", name=op.f("ck_approval_queue_only_rejected_snoozes")
        ),
        sa.CheckConstraint(
            "status in ('pending', 'approved', 'rejected')", name=op.f("ck_approval_queue_status_known")
        ),
        sa.CheckConstraint("trigger in ('engine', 'user')", name=op.f("ck_approval_queue_trigger_known")),
        sa.ForeignKeyConstraint(
            ["disk_group_id"],
            ["disk_groups.id"],
            name=op.f("fk_approval_queue_disk_group_id_disk_groups"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_approval_queue_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_queue")),
    )
    op.create_index(
        op.f("ix_approval_queue_collection_group"),
        "approval_queue",
        ["collection_group"],
        unique=False,
        postgresql_where="collection_group <> ''",
    )
    op.create_index(
        op.f("ix_approval_queue_status_disk_group_id"), "approval_queue", ["status", "disk_group_id"], unique=False
    )
    op.create_index(
        "uq_approval_queue_active",
        "approval_queue",
        ["integration_id", "external_id"],
        unique=True,
        postgresql_where="status in ('pending', 'approved')",
    )
    op.create_index(
        "uq_approval_queue_snoozed",
        "approval_queue",
        ["integration_id", "external_id"],
        unique=True,
        postgresql_where="status = 'rejected'",
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("media_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("score_details", sa.Text(), server_default="[]", nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("score", sa.Double(), server_default="0", nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("dry_run_reason", sa.String(), server_default="", nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=True),
        sa.Column("disk_group_id", sa.BigInteger(), nullable=True),
        sa.Column("collection_group", sa.Text(), server_default="", nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True, comment="one entry per job, whatever is redelivered"),
        sa.Column("reason", sa.Text(), server_default="", nullable=False, comment="one sentence: why this happened"),
        sa.Column("evidence", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column(
            "replaces_simulation",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="engine dry-run, upserted by item",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "action in ('deleted', 'dry_run', 'dry_delete', 'cancelled')", name=op.f("ck_audit_log_action_known")
        ),
        sa.CheckConstraint(
            "dry_run_reason in ('', 'deletions_disabled', 'execution_mode')",
            name=op.f("ck_audit_log_dry_run_reason_known"),
        ),
        sa.CheckConstraint(
            "media_type in ('movie', 'show', 'season', 'episode', 'artist', 'book')",
            name=op.f("ck_audit_log_media_type_known"),
        ),
        sa.CheckConstraint("trigger in ('engine', 'user', 'approval')", name=op.f("ck_audit_log_trigger_known")),
        sa.ForeignKeyConstraint(
            ["disk_group_id"],
            ["disk_groups.id"],
            name=op.f("fk_audit_log_disk_group_id_disk_groups"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_audit_log_integration_id_integrations"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_action_created_at"), "audit_log", ["action", "created_at"], unique=False)
    op.create_index(op.f("ix_audit_log_created_at_id"), "audit_log", ["created_at", "id"], unique=False)
    op.create_index("uq_audit_log_job", "audit_log", ["job_id"], unique=True, postgresql_where="job_id is not null")
    op.create_index(
        "uq_audit_log_simulation",
        "audit_log",
        ["integration_id", "external_id"],
        unique=True,
        postgresql_where="replaces_simulation",
    )
    op.create_table(
        "custom_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sort_order", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "effect in ('always_keep', 'prefer_keep', 'lean_keep', 'lean_remove', 'prefer_remove', 'always_remove')",
            name=op.f("ck_custom_rules_effect_known"),
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_custom_rules_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_rules")),
    )
    op.create_index(op.f("ix_custom_rules_integration_id"), "custom_rules", ["integration_id"], unique=False)
    op.create_index(op.f("ix_custom_rules_sort_order_id"), "custom_rules", ["sort_order", "id"], unique=False)
    op.create_table(
        "deletion_jobs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("poster_url", sa.Text(), server_default="", nullable=False),
        sa.Column("score", sa.Double(), server_default="0", nullable=False),
        sa.Column("score_details", sa.Text(), server_default="[]", nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("disk_group_id", sa.BigInteger(), nullable=True),
        sa.Column("enqueued_mode", sa.String(), nullable=False),
        sa.Column(
            "force_dry_run",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="true unless someone said otherwise",
        ),
        sa.Column("upsert_audit", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("add_import_exclusion", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("collection_group", sa.Text(), server_default="", nullable=False),
        sa.Column("approval_id", sa.BigInteger(), nullable=True),
        sa.Column("sunset_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "fingerprint",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="the facts the decision rests on (S-26)",
        ),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column(
            "not_before",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="business time before which nobody may claim it",
        ),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("last_error_class", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True, comment="real time of the database"),
        sa.Column(
            "fence",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="raised by every claim; a stale one cannot write",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the first upstream write was announced",
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "freed_confirmed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="a later disk reading has seen the space",
        ),
        sa.CheckConstraint(
            "enqueued_mode in ('dry-run', 'approval', 'auto', 'sunset')",
            name=op.f("ck_deletion_jobs_enqueued_mode_known"),
        ),
        sa.CheckConstraint("external_id <> '' and size_bytes >= 0", name=op.f("ck_deletion_jobs_complete")),
        sa.CheckConstraint(
            "media_type in ('movie', 'show', 'season', 'episode', 'artist', 'book')",
            name=op.f("ck_deletion_jobs_media_type_known"),
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'claimed', 'deleting', 'verifying', 'deleted', 'simulated', 'cancelled', 'failed')",
            name=op.f("ck_deletion_jobs_state_known"),
        ),
        sa.CheckConstraint("trigger in ('engine', 'user', 'approval')", name=op.f("ck_deletion_jobs_trigger_known")),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["deletion_batches.id"],
            name=op.f("fk_deletion_jobs_batch_id_deletion_batches"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["disk_group_id"],
            ["disk_groups.id"],
            name=op.f("fk_deletion_jobs_disk_group_id_disk_groups"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_deletion_jobs_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletion_jobs")),
    )
    op.create_index(op.f("ix_deletion_jobs_batch_id"), "deletion_jobs", ["batch_id"], unique=False)
    op.create_index(
        op.f("ix_deletion_jobs_disk_group_id"),
        "deletion_jobs",
        ["disk_group_id"],
        unique=False,
        postgresql_where="state in ('waiting', 'claimed', 'deleting', 'verifying')",
    )
    op.create_index(
        op.f("ix_deletion_jobs_disk_group_id_finished_at"),
        "deletion_jobs",
        ["disk_group_id", "finished_at"],
        unique=False,
        postgresql_where="state = 'deleted'",
    )
    op.create_index(
        op.f("ix_deletion_jobs_integration_id_score"),
        "deletion_jobs",
        ["integration_id", "score"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    op.create_index(
        op.f("ix_deletion_jobs_integration_id_started_at"),
        "deletion_jobs",
        ["integration_id", "started_at"],
        unique=False,
        postgresql_where="started_at is not null",
    )
    op.create_index(
        op.f("ix_deletion_jobs_not_before"),
        "deletion_jobs",
        ["not_before"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    op.create_index(
        "uq_deletion_jobs_active",
        "deletion_jobs",
        ["integration_id", "external_id"],
        unique=True,
        postgresql_where="state in ('waiting', 'claimed', 'deleting', 'verifying')",
    )
    op.create_table(
        "disk_group_integrations",
        sa.Column("disk_group_id", sa.BigInteger(), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["disk_group_id"],
            ["disk_groups.id"],
            name=op.f("fk_disk_group_integrations_disk_group_id_disk_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_disk_group_integrations_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("disk_group_id", "integration_id", name=op.f("pk_disk_group_integrations")),
    )
    op.create_index(
        op.f("ix_disk_group_integrations_integration_id"), "disk_group_integrations", ["integration_id"], unique=False
    )
    op.create_table(
        "disk_readings",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("free_bytes", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_disk_readings_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "path", name=op.f("pk_disk_readings")),
    )
    op.create_table(
        "engine_run_groups",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("disk_group_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mount_path", sa.Text(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("used_pct", sa.Double(), nullable=False),
        sa.Column("threshold_pct", sa.Double(), nullable=False),
        sa.Column("target_pct", sa.Double(), nullable=False),
        sa.Column("bytes_to_free", sa.BigInteger(), nullable=False),
        sa.Column("bytes_in_flight", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("evaluated", sa.BigInteger(), nullable=False),
        sa.Column("protected", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("candidates", sa.BigInteger(), nullable=False),
        sa.Column("queued", sa.BigInteger(), nullable=False),
        sa.Column("freed_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "held_code",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="why nothing was dispatched, if a hold was it",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["engine_runs.id"], name=op.f("fk_engine_run_groups_run_id_engine_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "disk_group_id", name=op.f("pk_engine_run_groups")),
    )
    op.create_table(
        "episode_file_digests",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("series_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("seasons", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_episode_file_digests_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "series_id", name=op.f("pk_episode_file_digests")),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("breaker", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("disk_group_id", sa.BigInteger(), nullable=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "details", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True, comment="username; null = the cause went away"),
        sa.CheckConstraint(
            "(scope = 'disk_group') = (disk_group_id is not null)", name=op.f("ck_holds_scope_has_its_id")
        ),
        sa.CheckConstraint(
            "code in ('source_failed', 'source_partial', 'source_stale', 'source_shrank', 'mass_change', 'not_converging', 'disk_disputed', 'disk_unknown', 'root_folder_inaccessible', 'upstream_refuses')",
            name=op.f("ck_holds_code_known"),
        ),
        sa.CheckConstraint("scope in ('disk_group', 'integration')", name=op.f("ck_holds_scope_known")),
        sa.ForeignKeyConstraint(
            ["disk_group_id"], ["disk_groups.id"], name=op.f("fk_holds_disk_group_id_disk_groups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_holds_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(
        "uq_holds_open",
        "holds",
        ["code", "disk_group_id", "integration_id"],
        unique=True,
        postgresql_where="released_at is null",
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("headers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_idempotency_keys_user_id_key")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "label_states",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("wanted_label", sa.Text(), nullable=True),
        sa.Column("applied_label", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_label_states_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "native_id", name=op.f("pk_label_states")),
    )
    op.create_table(
        "library_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total_capacity", sa.BigInteger(), nullable=False),
        sa.Column("used_capacity", sa.BigInteger(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("disk_group_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "resolution in ('raw', 'hourly', 'daily', 'weekly')", name=op.f("ck_library_history_resolution_known")
        ),
        sa.ForeignKeyConstraint(
            ["disk_group_id"],
            ["disk_groups.id"],
            name=op.f("fk_library_history_disk_group_id_disk_groups"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "timestamp", name=op.f("pk_library_history")),
        postgresql_partition_by="RANGE (timestamp)",
    )
    op.create_index(
        op.f("ix_library_history_disk_group_id_resolution_timestamp"),
        "library_history",
        ["disk_group_id", "resolution", "timestamp"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "media_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("show_title", sa.Text(), nullable=True),
        sa.Column(
            "parent_external_id", sa.Text(), nullable=True, comment="a season's show within the same integration"
        ),
        sa.Column("year", sa.BigInteger(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("disk_group_id", sa.BigInteger(), nullable=True),
        sa.Column("poster_url", sa.Text(), server_default="", nullable=False),
        sa.Column("season_number", sa.BigInteger(), nullable=True),
        sa.Column("episode_count", sa.BigInteger(), nullable=True),
        sa.Column("series_status", sa.Text(), nullable=True),
        sa.Column("quality_profile", sa.Text(), nullable=True),
        sa.Column("rating", sa.Double(), nullable=True, comment="0 to 10"),
        sa.Column("genre", sa.Text(), server_default="", nullable=False),
        sa.Column("monitored", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("tmdb_id", sa.BigInteger(), nullable=True),
        sa.Column("tvdb_id", sa.BigInteger(), nullable=True),
        sa.Column("imdb_id", sa.Text(), nullable=True),
        sa.Column("mb_id", sa.Text(), nullable=True),
        sa.Column("foreign_book_id", sa.Text(), nullable=True),
        sa.Column(
            "added_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="file on disk since: the later of file and library date",
        ),
        sa.Column(
            "file_added_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="newest file of the item; minimum age goes by it",
        ),
        sa.Column("library_added_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "file_fingerprint",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="changes when any file changes (S-26)",
        ),
        sa.Column("collections", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "collection_sources",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("collection_tmdb_id", sa.BigInteger(), nullable=True),
        sa.Column("play_count", sa.BigInteger(), nullable=True),
        sa.Column("last_played", sa.DateTime(timezone=True), nullable=True),
        sa.Column("watched_by_users", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "watch_matched",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="a watch source knows this item",
        ),
        sa.Column(
            "watch_evidence_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="time of the watch fact; null = unknown",
        ),
        sa.Column("requested", sa.Boolean(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("request_count", sa.BigInteger(), nullable=True),
        sa.Column("request_evidence_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("watched_by_requestor", sa.Boolean(), nullable=True),
        sa.Column("on_watchlist", sa.Boolean(), nullable=True),
        sa.Column("labels", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=False, comment="the complete read this row comes from"),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="time of that read: the age of every source fact",
        ),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(media_type = 'season') = (season_number is not null)", name=op.f("ck_media_items_season_numbered")
        ),
        sa.CheckConstraint(
            "media_type in ('movie', 'show', 'season', 'episode', 'artist', 'book')",
            name=op.f("ck_media_items_media_type_known"),
        ),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_media_items_size")),
        sa.ForeignKeyConstraint(
            ["disk_group_id"],
            ["disk_groups.id"],
            name=op.f("fk_media_items_disk_group_id_disk_groups"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_media_items_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_items")),
        sa.UniqueConstraint("integration_id", "external_id", name=op.f("uq_media_items_integration_id_external_id")),
    )
    op.create_index(op.f("ix_media_items_disk_group_id"), "media_items", ["disk_group_id"], unique=False)
    op.create_table(
        "media_mappings",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("native_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_media_mappings_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "kind", "provider", "provider_id", name=op.f("pk_media_mappings")),
    )
    op.create_index(op.f("ix_media_mappings_updated_at"), "media_mappings", ["updated_at"], unique=False)
    op.create_table(
        "notification_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=False, comment="the event or digest behind it; one delivery a channel"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["notification_channels.id"],
            name=op.f("fk_notification_deliveries_channel_id_notification_channels"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_notification_deliveries")),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(
        op.f("ix_notification_deliveries_channel_id_cause_created_at"),
        "notification_deliveries",
        ["channel_id", "cause", "created_at"],
        unique=True,
    )
    op.create_index(
        op.f("ix_notification_deliveries_next_attempt_at"),
        "notification_deliveries",
        ["next_attempt_at"],
        unique=False,
        postgresql_where="finished_at is null",
    )
    op.create_table(
        "poster_states",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("original_sha256", sa.Text(), nullable=True),
        sa.Column("original_selection", sa.Text(), nullable=True, comment="Plex: key of the poster selected before"),
        sa.Column("original_locked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("overlay_sha256", sa.Text(), nullable=True),
        sa.Column(
            "wanted", sa.Text(), server_default="none", nullable=False, comment="none, countdown, simple or saved"
        ),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_poster_states_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["original_sha256"],
            ["poster_originals.sha256"],
            name=op.f("fk_poster_states_original_sha256_poster_originals"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("integration_id", "native_id", name=op.f("pk_poster_states")),
    )
    op.create_table(
        "preview_bodies",
        sa.Column("preview_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["preview_id"], ["previews.id"], name=op.f("fk_preview_bodies_preview_id_previews"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("preview_id", "revision", "encoding", name=op.f("pk_preview_bodies")),
    )
    op.create_table(
        "root_folders",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("accessible", sa.Boolean(), nullable=True, comment="null = the upstream did not say"),
        sa.Column("free_bytes", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_root_folders_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "path", name=op.f("pk_root_folders")),
    )
    op.create_table(
        "snapshots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("capability", sa.Text(), server_default="media", nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True, comment="the run that asked for it first"),
        sa.Column("state", sa.String(), server_default="requested", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "completed_at", sa.DateTime(timezone=True), nullable=True, comment="business time of a complete read"
        ),
        sa.Column("rows_read", sa.BigInteger(), nullable=True),
        sa.Column(
            "rows_declared",
            sa.BigInteger(),
            nullable=True,
            comment="what the upstream said it has; null = it does not say",
        ),
        sa.Column("error_class", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('requested', 'reading', 'complete', 'failed')", name=op.f("ck_snapshots_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_snapshots_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
    )
    op.create_index(
        op.f("ix_snapshots_integration_id_capability_completed_at"),
        "snapshots",
        ["integration_id", "capability", "completed_at"],
        unique=False,
    )
    op.create_index(op.f("ix_snapshots_run_id"), "snapshots", ["run_id"], unique=False)
    op.create_index(
        "uq_snapshots_open",
        "snapshots",
        ["integration_id", "capability"],
        unique=True,
        postgresql_where="state in ('requested', 'reading')",
    )
    op.create_table(
        "sunset_queue",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("media_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("tmdb_id", sa.BigInteger(), nullable=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("score", sa.Double(), server_default="0", nullable=False, comment="at queue time"),
        sa.Column("score_details", sa.Text(), server_default="[]", nullable=False),
        sa.Column("poster_url", sa.Text(), server_default="", nullable=False),
        sa.Column("disk_group_id", sa.BigInteger(), nullable=False),
        sa.Column("collection_group", sa.Text(), server_default="", nullable=False),
        sa.Column("trigger", sa.String(), server_default="engine", nullable=False),
        sa.Column("deletion_date", sa.Date(), nullable=False),
        sa.Column("label_applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("poster_overlay_active", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.String(), server_default="pending", nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_score", sa.Double(), nullable=True),
        sa.Column("saved_reason", sa.Text(), nullable=True),
        sa.Column("expired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fingerprint", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "media_type in ('movie', 'show', 'season', 'episode', 'artist', 'book')",
            name=op.f("ck_sunset_queue_media_type_known"),
        ),
        sa.CheckConstraint("status in ('pending', 'saved', 'expired')", name=op.f("ck_sunset_queue_status_known")),
        sa.CheckConstraint("trigger in ('engine', 'user')", name=op.f("ck_sunset_queue_trigger_known")),
        sa.ForeignKeyConstraint(
            ["disk_group_id"],
            ["disk_groups.id"],
            name=op.f("fk_sunset_queue_disk_group_id_disk_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_sunset_queue_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sunset_queue")),
    )
    op.create_index(
        op.f("ix_sunset_queue_disk_group_id_status_deletion_date"),
        "sunset_queue",
        ["disk_group_id", "status", "deletion_date"],
        unique=False,
    )
    op.create_index("uq_sunset_queue_target", "sunset_queue", ["integration_id", "external_id"], unique=True)
    for table in ("activity_events", "library_history", "notification_deliveries", "outbox"):
        op.execute(f"create table {table}_default partition of {table} default")
