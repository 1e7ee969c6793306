"""What an item really had where a rule matched it, as a person reads it (domain.md 3.2)."""

from datetime import datetime
from typing import TYPE_CHECKING

from libs.common.domain.rules import FieldKind, RuleField
from services.engine.json_text import fixed
from services.engine.rules.fields import COLUMNS
from services.engine.scoring.raw import days_since

if TYPE_CHECKING:
    import polars as pl

_GIGABYTE = 1024**3
NOTHING = "(none)"


def shown_value(field: RuleField, elements: "pl.Expr | None", now: datetime) -> "pl.Expr":
    """A text; null where nothing is known. `elements` are those of a list that matched, if the rule asks for any."""
    import polars as pl

    name = COLUMNS[field.key]
    column = pl.col(name)
    match field.kind:
        case FieldKind.TEXT:
            return column.cast(pl.String)
        case FieldKind.LIST:
            return _list(column, elements)
        case FieldKind.BOOLEAN:
            return pl.when(column).then(pl.lit("true")).when(~column).then(pl.lit("false"))
        case FieldKind.DAYS:
            return days_since(name, now).floor().cast(pl.Int64).cast(pl.String)
        case FieldKind.NUMBER:
            return _number(name)


def _list(column: "pl.Expr", elements: "pl.Expr | None") -> "pl.Expr":
    import polars as pl

    if elements is not None:
        return elements.list.first()
    return pl.when(column.list.len() > 0).then(column.list.join(", ")).otherwise(pl.lit(NOTHING))


def _number(column: str) -> "pl.Expr":
    import polars as pl

    number = pl.col(column)
    if column == "rating":
        return fixed(number, 1)
    if column == "size_bytes":
        return pl.concat_str([fixed(number / _GIGABYTE, 2), pl.lit(" GB")])
    return number.cast(pl.String)
