"""The type of a database row whose columns a query decides."""

from typing import Any

from sqlalchemy import Row

AnyRow = Row[*tuple[Any, ...]]
"""A row; its columns are attributes."""


def as_dict(row: AnyRow) -> dict[str, Any]:
    """The columns by name."""
    return dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for it
