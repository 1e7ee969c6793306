"""What media servers, histories and request systems tell, and the item columns that are made of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrichment_state",
        sa.Column("id", sa.SmallInteger(), server_default="1", autoincrement=False, nullable=False),
        sa.Column("wanted", sa.BigInteger(), server_default="0", nullable=False, comment="grows with every reading"),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True, comment="real time of the newest reading"),
        sa.Column(
            "merged",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="the `wanted` that the catalogue shows",
        ),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True, comment="business time of the newest merge"),
        sa.CheckConstraint("id = 1", name=op.f("ck_enrichment_state_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrichment_state")),
    )
    op.create_table(
        "source_collection_members",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("collection_id", sa.Text(), nullable=False),
        sa.Column("title_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_smart", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_source_collection_members_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "integration_id", "collection_id", "title_id", name=op.f("pk_source_collection_members")
        ),
    )
    op.create_table(
        "source_labels",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("title_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_source_labels_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "title_id", "label", name=op.f("pk_source_labels")),
    )
    op.create_table(
        "source_plays",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("play_id", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), server_default="", nullable=False),
        sa.Column("title_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), server_default="", nullable=False),
        sa.Column("season_number", sa.SmallInteger(), nullable=True),
        sa.Column("episode_id", sa.Text(), server_default="", nullable=False),
        sa.Column("last_played_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plays", sa.BigInteger(), nullable=False),
        sa.Column("is_count", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("plays >= 0", name=op.f("ck_source_plays_plays")),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_source_plays_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "play_id", name=op.f("pk_source_plays")),
    )
    op.create_table(
        "source_readings",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("capability", sa.String(), nullable=False),
        sa.Column(
            "complete_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="time of the facts; null = never read completely",
        ),
        sa.Column(
            "full_at", sa.DateTime(timezone=True), nullable=True, comment="newest reading that was not only an addition"
        ),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "covers_since", sa.DateTime(timezone=True), nullable=True, comment="plays: nothing is known from before"
        ),
        sa.Column("tells_seasons", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "partial",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="why the facts cannot be all; empty = they are",
        ),
        sa.Column(
            "failed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="newest failure since; null = the newest read succeeded",
        ),
        sa.Column("error_class", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "suspected_rows",
            sa.BigInteger(),
            nullable=True,
            comment="size of a reading that was too small to be believed",
        ),
        sa.Column("unresolved", sa.BigInteger(), server_default="0", nullable=False, comment="rows that name no title"),
        sa.Column(
            "matched", sa.BigInteger(), server_default="0", nullable=False, comment="titles that are an item of ours"
        ),
        sa.Column("unmatched", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ambiguous", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("conflicts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "examples",
            sa.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="names of some unmatched titles",
        ),
        sa.CheckConstraint(
            "capability in ('titles', 'plays', 'wishes', 'collections', 'labels', 'requests')",
            name=op.f("ck_source_readings_capability_known"),
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_source_readings_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "capability", name=op.f("pk_source_readings")),
    )
    op.create_table(
        "source_requests",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("is_pending", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("user_id", sa.Text(), server_default="", nullable=False),
        sa.Column("requested_by", sa.Text(), server_default="", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tmdb_id", sa.BigInteger(), nullable=True),
        sa.Column("tvdb_id", sa.BigInteger(), nullable=True),
        sa.Column("imdb_id", sa.Text(), nullable=True),
        sa.Column("arr_id", sa.Text(), server_default="", nullable=False),
        sa.Column("seasons", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("is_4k", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("kind in ('movie', 'tv', 'artist', 'book')", name=op.f("ck_source_requests_kind_known")),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_source_requests_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "request_id", name=op.f("pk_source_requests")),
    )
    op.create_table(
        "source_servers",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("linked_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_source_servers_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["linked_id"],
            ["integrations.id"],
            name=op.f("fk_source_servers_linked_id_integrations"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("integration_id", "server", name=op.f("pk_source_servers")),
    )
    op.create_index(op.f("ix_source_servers_linked_id"), "source_servers", ["linked_id"], unique=False)
    op.create_table(
        "source_titles",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "title_key",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="normalised title; empty = no title matching",
        ),
        sa.Column("year", sa.BigInteger(), nullable=True),
        sa.Column("tmdb_id", sa.BigInteger(), nullable=True),
        sa.Column("tvdb_id", sa.BigInteger(), nullable=True),
        sa.Column("imdb_id", sa.Text(), nullable=True),
        sa.Column("mb_id", sa.Text(), nullable=True),
        sa.Column("guids", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("folders", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "is_listed",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="false: known from plays only",
        ),
        sa.CheckConstraint("kind in ('movie', 'tv', 'artist', 'book')", name=op.f("ck_source_titles_kind_known")),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_source_titles_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "server", "native_id", name=op.f("pk_source_titles")),
    )
    op.create_index(
        op.f("ix_source_titles_kind_tmdb_id"),
        "source_titles",
        ["kind", "tmdb_id"],
        unique=False,
        postgresql_where="tmdb_id is not null",
    )
    op.create_table(
        "source_users",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("names", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("ids", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("is_readable", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("person", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_source_users_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "user_id", name=op.f("pk_source_users")),
    )
    op.create_table(
        "source_wishes",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("title_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_source_wishes_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "server", "title_id", "user_id", name=op.f("pk_source_wishes")),
    )
    op.create_table(
        "title_matches",
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("matched_by", sa.String(), nullable=False),
        sa.Column(
            "is_disputed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="another of its ids names another item",
        ),
        sa.CheckConstraint(
            "matched_by in ('server', 'tvdb', 'tmdb', 'imdb', 'musicbrainz', 'guid', 'folder', 'title')",
            name=op.f("ck_title_matches_matched_by_known"),
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_title_matches_integration_id_integrations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["media_items.id"], name=op.f("fk_title_matches_item_id_media_items"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("integration_id", "server", "native_id", "item_id", name=op.f("pk_title_matches")),
    )
    op.create_index(op.f("ix_title_matches_item_id"), "title_matches", ["item_id"], unique=False)
    op.add_column(
        "media_items",
        sa.Column(
            "title_keys",
            sa.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="normalised titles, for want of ids",
        ),
    )
    op.add_column(
        "media_items",
        sa.Column("source_added_at", sa.DateTime(timezone=True), nullable=True, comment="what the source itself says"),
    )
    op.add_column(
        "media_items",
        sa.Column(
            "oldest_file_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="plays from before are about another copy (S-27)",
        ),
    )
    op.add_column(
        "media_items", sa.Column("source_collection", sa.Text(), nullable=True, comment="the source's own collection")
    )
    op.add_column(
        "media_items",
        sa.Column(
            "watch_evidence",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
            comment="integration id to what it knows of this item's plays",
        ),
    )
    op.alter_column(
        "media_items",
        "library_added_at",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        comment="newest date a media server gives",
        existing_nullable=True,
    )
    op.alter_column(
        "media_items",
        "collection_sources",
        existing_type=postgresql.JSONB(astext_type=sa.Text()),
        comment="name to integration ids",
        existing_nullable=False,
        existing_server_default=sa.text("'{}'::jsonb"),
    )
    op.execute(
        "update media_items set source_added_at = added_at, oldest_file_at = file_added_at, library_added_at = null"
    )
    op.execute(
        """
        update media_items set
            source_collection = (select key from jsonb_each(collection_sources)
                                  where value = to_jsonb(integration_id) limit 1),
            collection_sources = (select coalesce(jsonb_object_agg(key, jsonb_build_array(value)), '{}'::jsonb)
                                    from jsonb_each(collection_sources))
         where collection_sources <> '{}'::jsonb
        """
    )
