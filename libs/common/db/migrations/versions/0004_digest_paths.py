"""Where a series lay when its files were listed, so that a move has them listed again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "episode_file_digests",
        sa.Column(
            "path",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="folder of the series or author at that time",
        ),
    )
