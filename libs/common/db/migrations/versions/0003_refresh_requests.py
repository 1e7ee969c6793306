"""Targeted reads that webhooks ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refresh_requests",
        sa.Column("integration_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False, comment="the id in the upstream; empty = all of the kind"),
        sa.Column("user_id", sa.Text(), nullable=False, comment="whose activity; empty = everybody's"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False, comment="newest event about it"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True, comment="begin of the newest read"),
        sa.Column(
            "is_wanted_again",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="an event came during the read",
        ),
        sa.Column(
            "attempts",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="failed reads since the event",
        ),
        sa.Column("error_class", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('item', 'activity', 'request', 'disks', 'source')", name=op.f("ck_refresh_requests_kind_known")
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'reading', 'done', 'given_up')", name=op.f("ck_refresh_requests_state_known")
        ),
        sa.PrimaryKeyConstraint("integration_id", "kind", "native_id", "user_id", name=op.f("pk_refresh_requests")),
    )
    op.create_index(
        op.f("ix_refresh_requests_due_at"),
        "refresh_requests",
        ["due_at"],
        postgresql_where=sa.text("state in ('waiting', 'reading')"),
    )
