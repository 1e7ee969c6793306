"""Keeps a scored preview as fixed-width columns in a partition of its own, and makes it the current one."""

import io
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.factors import FACTORS
from services.engine.evaluation import Evaluation
from services.engine.rules.compile import order_of
from services.engine.scoring.score import RAW, marks_column
from services.engine.selection.eligibility import WHERE_NOBODY_ASKS

if TYPE_CHECKING:
    import numpy as np

KEPT = 2
"""The current preview and the one before, for readers that still hold its number."""

_BINARY = {"int8": ">i8", "float8": ">f8", "float4": ">f4", "bool": "u1"}
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"


async def store_preview(tx: AsyncConnection, evaluation: Evaluation, run_id: int | None) -> int:
    """Write the columns and flip the current preview; answers its id."""
    facts = evaluation.facts
    preview_id = await _new_preview(tx, evaluation, run_id)
    await tx.execute(
        text(f"create table preview_items_{preview_id} partition of preview_items for values in ({preview_id})")
    )
    await _copy(tx, evaluation, preview_id)
    # nobody has counted a new partition, and the planner would take it for two hundred previews
    await tx.execute(text(f"analyze preview_items_{preview_id} (preview_id, item_id)"))
    state = m.PreviewState
    await tx.execute(update(state).values(preview_id=preview_id, scored_scoring=facts.scoring))
    await _drop_old(tx, preview_id)
    return preview_id


async def _new_preview(tx: AsyncConnection, evaluation: Evaluation, run_id: int | None) -> int:
    values = {
        "run_id": run_id,
        "created_at": evaluation.facts.now,
        "item_count": evaluation.ranked.height,
        "protected_count": evaluation.protected_count,
        "weights": {key.value: weight for key, weight in evaluation.facts.weights.items()},
        "rules": {"list": order_of(evaluation.rules)},
        "skipped": {key.value: reason for key, reason in evaluation.applicability.skipped.items()},
    }
    return int((await tx.execute(insert(m.Preview).values(**values).returning(m.Preview.id))).scalar_one())


async def _copy(tx: AsyncConnection, evaluation: Evaluation, preview_id: int) -> None:
    if evaluation.ranked.is_empty():
        return
    columns = _columns(evaluation, preview_id)
    raw = await tx.get_raw_connection()
    await raw.driver_connection.copy_to_table(  # type: ignore[union-attr]  # an open connection has its driver's
        "preview_items", source=io.BytesIO(copy_binary(columns)), columns=list(columns), format="binary"
    )


def _columns(evaluation: Evaluation, preview_id: int) -> dict[str, tuple[str, "np.ndarray[Any, Any]"]]:
    import numpy as np
    import polars as pl

    ranked = evaluation.ranked
    columns: dict[str, tuple[str, np.ndarray[Any, Any]]] = {
        "preview_id": ("int8", np.full(ranked.height, preview_id)),
        "item_id": ("int8", ranked["id"].to_numpy()),
        "rank": ("int8", ranked["rank"].to_numpy()),
        "score": ("float8", ranked["score"].to_numpy()),
        "modifier": ("float8", ranked["modifier"].to_numpy()),
        "protected": ("bool", ranked["protected"].to_numpy()),
        "in_doubt": ("bool", ranked.select(pl.any_horizontal(WHERE_NOBODY_ASKS)).to_series().to_numpy()),
        "rule_bits": ("int8", ranked[marks_column(0)].to_numpy()),  # those of later rules are found again by scoring
    }
    for factor in FACTORS:
        columns[factor.key] = ("float4", ranked[RAW[factor.key]].fill_null(float("nan")).to_numpy())
    return columns


def copy_binary(columns: dict[str, tuple[str, "np.ndarray[Any, Any]"]]) -> bytes:
    """Fixed-width columns without nulls as the bytes of a binary COPY, made without any row object."""
    import numpy as np

    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, (kind, _) in columns.items():
        layout += [(f"{name}_length", ">i4"), (name, _BINARY[kind])]
    rows = np.empty(len(next(iter(columns.values()))[1]), np.dtype(layout))
    rows["fields"] = len(columns)
    for name, (kind, values) in columns.items():
        rows[f"{name}_length"] = np.dtype(_BINARY[kind]).itemsize
        rows[name] = values
    return _HEADER + rows.tobytes() + _TRAILER


async def _drop_old(tx: AsyncConnection, current: int) -> None:
    keep = select(m.Preview.id).where(m.Preview.id <= current).order_by(m.Preview.id.desc()).limit(KEPT)
    gone = delete(m.Preview).where(m.Preview.id < current, m.Preview.id.not_in(keep)).returning(m.Preview.id)
    for preview_id in (await tx.execute(gone)).scalars().all():
        await tx.execute(text(f"drop table if exists preview_items_{preview_id}"))
