"""How far back the plays of a source reach on each server it names: it may watch one of them since yesterday only."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "nothing is known of plays there from before"
    op.add_column(
        "source_servers", sa.Column("covers_since", sa.DateTime(timezone=True), nullable=True, comment=comment)
    )
    op.execute(
        """
        update source_servers s set covers_since = p.since
          from (select integration_id, server, min(last_played_at) as since from source_plays
                 group by integration_id, server) p
         where p.integration_id = s.integration_id and p.server = s.server
        """
    )
    # What was known about items may rest on the memory of another server: the next merge is one of everything.
    op.execute("update enrichment_state set merged_at = null")
