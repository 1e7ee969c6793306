"""Plays are found by their title, where one title is merged."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_source_plays_integration_id_title_id"), "source_plays", ["integration_id", "title_id"], unique=False
    )
