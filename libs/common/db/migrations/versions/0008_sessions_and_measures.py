"""A hold for media servers that do not say who is watching, and what a batch of deletions is measured against."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_HOLD_CODES = (
    "code in ('source_failed', 'source_partial', 'source_stale', 'source_shrank', 'mass_change', 'not_converging',"
    " 'disk_disputed', 'disk_unknown', 'root_folder_inaccessible', 'upstream_refuses', 'sessions_unknown')"
)


def upgrade() -> None:
    op.add_column(
        "engine_run_groups",
        sa.Column(
            "used_bytes",
            sa.BigInteger(),
            nullable=True,
            comment="of the reading this was decided by",
        ),
    )
    op.add_column(
        "engine_run_groups",
        sa.Column("catalogue_bytes", sa.BigInteger(), nullable=True, comment="of all items on the group at that time"),
    )
    op.drop_constraint(op.f("ck_holds_code_known"), "holds")
    op.create_check_constraint(op.f("ck_holds_code_known"), "holds", _HOLD_CODES)
    op.create_index(
        op.f("ix_deletion_jobs_batch_id_collection_group"),
        "deletion_jobs",
        ["batch_id", "collection_group"],
        postgresql_where=sa.text("collection_group <> ''"),
    )
