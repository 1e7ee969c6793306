"""Indexes for what a claim asks about a long queue and a large library."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_deletion_jobs_collections_waiting",
        "deletion_jobs",
        ["not_before"],
        postgresql_where=sa.text("state = 'waiting' and collection_group <> ''"),
    )
    op.create_index(
        "ix_deletion_jobs_line",
        "deletion_jobs",
        ["disk_group_id", "score"],
        postgresql_where=sa.text(
            "trigger = 'engine' and enqueued_mode = 'auto' and state not in ('cancelled', 'failed', 'simulated')"
        ),
    )
    op.create_index(
        "ix_deletion_jobs_under_way",
        "deletion_jobs",
        ["integration_id"],
        postgresql_where=sa.text("state in ('claimed', 'deleting', 'verifying')"),
    )
    op.create_index(
        op.f("ix_media_items_integration_id_path"),
        "media_items",
        ["integration_id", "path"],
        postgresql_ops={"path": "text_pattern_ops"},
    )
