"""Plex's answers, with the fields that are used. Every answer is a container; an empty list in it is absent."""

from typing import Generic, TypeVar

import msgspec

from libs.integrations.loose import Scalar


class Row(msgspec.Struct, rename="camel", gc=False):
    """The base of every row: camelCase outside, unknown fields ignored."""


R = TypeVar("R", bound=Row)


class Identity(Row):
    """The container of `/identity`."""

    machine_identifier: Scalar = None
    version: Scalar = None


class IdentityAnswer(Row):
    """`container` is absent, and one of the names is there, when another product answered."""

    container: Identity | None = msgspec.field(name="MediaContainer", default=None)
    app_name: Scalar = None
    product_name: Scalar = msgspec.field(name="ProductName", default=None)


class ListContainer(Row, Generic[R]):
    """A list under one of three names. `size` counts the rows of this answer, `total_size` all of them."""

    size: Scalar = None
    total_size: Scalar = None
    metadata: list[R] | R | None = msgspec.field(name="Metadata", default=None)
    directory: list[R] | R | None = msgspec.field(name="Directory", default=None)
    account: list[R] | R | None = msgspec.field(name="Account", default=None)


class ListAnswer(Row, Generic[R]):
    container: ListContainer[R] = msgspec.field(name="MediaContainer")


class SectionRow(Row):
    key: Scalar = None
    type: Scalar = None
    title: Scalar = None
    agent: Scalar = None


class AccountRow(Row):
    id: Scalar = None
    name: Scalar = None


class GuidRow(Row):
    id: Scalar = None


class PartRow(Row):
    file: Scalar = None


class MediaRow(Row):
    parts: list[PartRow] | PartRow | None = msgspec.field(name="Part", default=None)


class LocationRow(Row):
    path: Scalar = None


class TitleRow(Row):
    """A movie or show. The counters are those of the token's user alone."""

    rating_key: Scalar = None
    guid: Scalar = None
    title: Scalar = None
    year: Scalar = None
    added_at: Scalar = None
    view_count: Scalar = None
    last_viewed_at: Scalar = None
    guids: list[GuidRow] | GuidRow | None = msgspec.field(name="Guid", default=None)
    media: list[MediaRow] | MediaRow | None = msgspec.field(name="Media", default=None)
    locations: list[LocationRow] | LocationRow | None = msgspec.field(name="Location", default=None)


class LeafRow(Row):
    """An episode in a listing."""

    rating_key: Scalar = None
    grandparent_rating_key: Scalar = None
    grandparent_title: Scalar = None
    title: Scalar = None
    parent_index: Scalar = None
    view_count: Scalar = None
    last_viewed_at: Scalar = None


class ViewRow(Row):
    """A row of the history. What is left of a title that was removed is its name."""

    history_key: Scalar = None
    rating_key: Scalar = None
    key: Scalar = None
    grandparent_key: Scalar = None
    library_section_id: Scalar = msgspec.field(name="librarySectionID", default=None)
    type: Scalar = None
    title: Scalar = None
    grandparent_title: Scalar = None
    parent_index: Scalar = None
    originally_available_at: Scalar = None
    viewed_at: Scalar = None
    account_id: Scalar = msgspec.field(name="accountID", default=None)


class ItemRow(Row):
    """Whatever has a rating key, with those of what it is part of."""

    rating_key: Scalar = None
    parent_rating_key: Scalar = None
    grandparent_rating_key: Scalar = None
    type: Scalar = None


class CollectionRow(Row):
    rating_key: Scalar = None
    title: Scalar = None
    smart: Scalar = None


class LabelRow(Row):
    key: Scalar = None
    title: Scalar = None
