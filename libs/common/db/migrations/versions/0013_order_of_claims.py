"""Waiting jobs in the very order in which they are claimed, so that none of them has to be sorted."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_deletion_jobs_integration_id_score", "deletion_jobs")
    op.create_index(
        "ix_deletion_jobs_order",
        "deletion_jobs",
        ["integration_id", sa.desc("score"), "created_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
