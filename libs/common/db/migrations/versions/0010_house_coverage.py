"""What each media server has of our items: counted by whole merges, so that merging one title need not."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "house_coverage",
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('movie', 'tv', 'artist', 'book')", name=op.f("ck_house_coverage_kind_known")),
        sa.ForeignKeyConstraint(
            ["house_id"], ["integrations.id"], name=op.f("fk_house_coverage_house_id_integrations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("house_id", "kind", name=op.f("pk_house_coverage")),
    )
    # Nothing is counted yet: the next merge is one of everything.
    op.execute("update enrichment_state set merged_at = null")
