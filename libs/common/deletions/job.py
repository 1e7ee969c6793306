"""A deletion job as it is read back: what audit, events and origin rows are written from."""

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Row

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, MediaType, Trigger

ALREADY_GONE = "already_gone"
"""Stands in a job's error class when its item was gone before we came: no byte of it was freed by us."""


@dataclass(frozen=True, slots=True)
class Job:
    """The facts of one job that never change after its creation, without the two long ones only the audit log needs."""

    id: int
    batch_id: UUID
    run_id: int | None
    integration_id: int
    media_type: MediaType
    external_id: str
    title: str
    size_bytes: int
    path: str
    score: float
    trigger: Trigger
    disk_group_id: int | None
    enqueued_mode: ExecutionMode
    force_dry_run: bool
    upsert_audit: bool
    add_import_exclusion: bool
    collection_group: str
    approval_id: int | None
    sunset_id: int | None
    fingerprint: dict[str, Any] | None

    @classmethod
    def of_row(cls, row: Row[Any]) -> Self:
        """From a row that holds at least `JOB_COLUMNS`."""
        return cls(*_VALUES(row))


_NAMES = tuple(field.name for field in fields(Job))
_VALUES = attrgetter(*_NAMES)

JOB_COLUMNS: tuple[ColumnElement[Any], ...] = tuple(m.DeletionJob.__table__.c[name] for name in _NAMES)
"""What to select, or to return, to build a `Job`."""
