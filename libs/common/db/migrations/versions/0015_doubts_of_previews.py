"""What a run would not delete unasked, for want of facts, stays also where a job of it waits already."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "preview_items",
        sa.Column(
            "in_doubt",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="too little is known to delete it without asking",
        ),
    )
