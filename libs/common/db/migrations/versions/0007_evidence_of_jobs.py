"""Who told the facts a deletion rests on, failures that a person has dealt with, and how long recycle bins keep."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "deletion_jobs",
        sa.Column(
            "evidence",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="who told those facts and when; kept by the audit",
        ),
    )
    op.add_column(
        "deletion_jobs",
        sa.Column(
            "dismissed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="a person has dealt with its failure",
        ),
    )
    op.create_index(
        "ix_deletion_jobs_dead",
        "deletion_jobs",
        ["finished_at", "id"],
        postgresql_where=sa.text("state = 'failed' and dismissed_at is null"),
    )
    op.add_column(
        "integrations",
        sa.Column("recycle_bin_days", sa.SmallInteger(), nullable=True, comment="until it is emptied; 0 = never"),
    )
