"""What we deleted, and by what it is recognised if it comes back."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departed_items",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("season_number", sa.BigInteger(), nullable=True),
        sa.Column("tmdb_id", sa.BigInteger(), nullable=True),
        sa.Column("tvdb_id", sa.BigInteger(), nullable=True),
        sa.Column("mb_id", sa.Text(), nullable=True),
        sa.Column("foreign_book_id", sa.Text(), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True, comment="null: it is not known to be gone"),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_as", sa.Text(), nullable=True, comment="the external id it has since"),
        sa.CheckConstraint(
            "media_type in ('movie', 'show', 'season', 'episode', 'artist', 'book')",
            name=op.f("ck_departed_items_media_type_known"),
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_departed_items_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "external_id", name=op.f("pk_departed_items")),
    )
