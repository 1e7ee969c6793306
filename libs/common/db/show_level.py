"""Which Sonarr integrations count as whole shows, without their seasons (domain.md 4.8): the one condition."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, IntegrationType


@dataclass(frozen=True, slots=True)
class ShowLevel:
    """The conditions about a row of `integrations`, or of what a statement calls `alias`."""

    alias: str = m.Integration.__tablename__

    @property
    def is_on(self) -> ColumnElement[bool]:
        """Its owner said so, or one of its disk groups counts down (sunset)."""
        return and_(self._is_sonarr, or_(self._column("show_level_only"), self._feeds_sunset))

    @property
    def is_overridden(self) -> ColumnElement[bool]:
        """It is on although the owner did not say so."""
        return and_(self._is_sonarr, ~self._column("show_level_only"), self._feeds_sunset)

    def is_on_sql(self) -> str:
        """The first condition for statements that are written as text."""
        return str(self.is_on.compile(compile_kwargs={"literal_binds": True}))

    @property
    def _is_sonarr(self) -> ColumnElement[bool]:
        return self._column("type") == IntegrationType.SONARR

    @property
    def _feeds_sunset(self) -> ColumnElement[bool]:
        link, group = m.DiskGroupIntegration, m.DiskGroup
        return (
            exists()
            .where(link.integration_id == self._column("id"))
            .where(group.id == link.disk_group_id)
            .where(group.mode == ExecutionMode.SUNSET)
        )

    def _column(self, name: str) -> ColumnElement[Any]:
        """By its text, so that the condition fits any statement and no table is drawn into its subquery."""
        return literal_column(f"{self.alias}.{name}", m.Integration.__table__.c[name].type)


async def reads_shows_only(tx: AsyncConnection, integration_id: int) -> bool:
    """Whether the seasons of this integration are left out now; False for one that is gone."""
    found = await tx.execute(select(ShowLevel().is_on).where(m.Integration.id == integration_id))
    return bool(found.scalar_one_or_none())
