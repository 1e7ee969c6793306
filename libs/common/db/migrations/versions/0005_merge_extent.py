"""How much of a merge a reading calls for, and by which of the owner's choices the newest merge went."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "enrichment_state",
        sa.Column(
            "changed",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="the newest `wanted` that was more than a new time",
        ),
    )
    op.add_column(
        "enrichment_state",
        sa.Column(
            "retitled",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="the newest `wanted` with other titles or items",
        ),
    )
    op.add_column(
        "enrichment_state",
        sa.Column(
            "counted_earlier",
            sa.Boolean(),
            nullable=True,
            comment="countEarlierPlays, as the newest merge took it",
        ),
    )
    op.add_column(
        "enrichment_state",
        sa.Column(
            "inherited",
            sa.Boolean(),
            nullable=True,
            comment="seasonInheritsShowActivity, as the newest merge took it",
        ),
    )
