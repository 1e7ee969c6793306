"""The rendered list in parts that are not logged: derived from the catalogue, so a crash costs one rendering."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("delete from preview_bodies")
    op.drop_column("preview_bodies", "body")
    op.add_column(
        "preview_bodies",
        sa.Column("size_bytes", sa.BigInteger(), nullable=False, comment="of the whole body in this encoding"),
    )
    op.execute("alter table preview_bodies set unlogged")
    op.create_table(
        "preview_parts",
        sa.Column("preview_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False, comment="-1: head, then from 0"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["preview_id", "revision", "encoding"],
            ["preview_bodies.preview_id", "preview_bodies.revision", "preview_bodies.encoding"],
            name=op.f("fk_preview_parts_preview_id_revision_encoding_preview_bodies"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("preview_id", "revision", "encoding", "part", name=op.f("pk_preview_parts")),
        prefixes=["UNLOGGED"],
    )
    op.execute("alter table preview_parts alter column body set storage external")
