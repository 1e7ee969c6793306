"""How a field is compared with a rule's value, as a column expression (domain.md 3.2)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from libs.common.domain.rules import Condition, FieldKind, Operator
from services.engine.rules.fields import COLUMNS
from services.engine.scoring.raw import days_since

if TYPE_CHECKING:
    import polars as pl

NEGATIVE = {Operator.NOT_EQUALS: Operator.EQUALS, Operator.NOT_CONTAINS: Operator.CONTAINS}


def matches(condition: Condition, now: datetime) -> "pl.Expr":
    """True, false, never null."""
    column, operator = COLUMNS[condition.field.key], condition.operator
    match condition.field.kind:
        case FieldKind.TEXT:
            return _text(column, operator, condition.value)
        case FieldKind.LIST:
            return _list(column, operator, condition.value)
        case FieldKind.NUMBER:
            return _number(column, operator, condition.number or 0.0)
        case FieldKind.BOOLEAN:
            return _boolean(column, wants_true=condition.wants_true)
        case FieldKind.DAYS:
            return _days(column, operator, condition.number or 0.0, now)


def _text(column: str, operator: Operator, value: str) -> "pl.Expr":
    import polars as pl

    if operator in NEGATIVE:
        return ~_text(column, NEGATIVE[operator], value)
    return _compare_text(pl.col(column).cast(pl.String).fill_null(""), operator, value)


def _compare_text(text: "pl.Expr", operator: Operator, value: str) -> "pl.Expr":
    if operator is Operator.REGEX:
        # polars' engine is linear in the text: no pattern can stall it
        return text.str.contains(f"(?i){value}")
    lowered = text.str.to_lowercase()
    if operator is Operator.CONTAINS:
        return lowered.str.contains(value.lower(), literal=True)
    return lowered == value.lower()


def _list(column: str, operator: Operator, value: str) -> "pl.Expr":
    """Positive operators want any element, negative ones every element; an empty list satisfies every."""
    import polars as pl

    if operator in NEGATIVE:
        return ~_list(column, NEGATIVE[operator], value)
    element = _compare_text(pl.element(), operator, value)
    return pl.col(column).list.eval(element).list.any().fill_null(value=False)


def matching_elements(column: str, operator: Operator, value: str) -> "pl.Expr | None":
    """The elements of a list that fit a positive operator; None for a negative one, which asks for all of them."""
    import polars as pl

    if operator in NEGATIVE:
        return None
    fits = _compare_text(pl.element(), operator, value)
    return pl.col(column).list.eval(pl.element().filter(fits))


def _number(column: str, operator: Operator, bound: float) -> "pl.Expr":
    """An unknown number counts as 0, as the owner of a rule `playcount < 1` expects."""
    import polars as pl

    return _compare_number(pl.col(column).fill_null(0).cast(pl.Float64), operator, bound)


def _compare_number(number: "pl.Expr", operator: Operator, bound: float) -> "pl.Expr":
    comparisons: dict[Operator, Callable[[], pl.Expr]] = {
        Operator.EQUALS: lambda: number == bound,
        Operator.NOT_EQUALS: lambda: number != bound,
        Operator.GT: lambda: number > bound,
        Operator.GTE: lambda: number >= bound,
        Operator.LT: lambda: number < bound,
        Operator.LTE: lambda: number <= bound,
    }
    return comparisons[operator]()


def _boolean(column: str, *, wants_true: bool) -> "pl.Expr":
    import polars as pl

    return pl.col(column).fill_null(value=False) == wants_true


def _days(column: str, operator: Operator, bound: float, now: datetime) -> "pl.Expr":
    """Without a date nothing matches, but for what was never played: it is long ago by any measure."""
    import polars as pl

    days = days_since(column, now)
    match operator:
        case Operator.NEVER:
            return pl.col(column).is_null()
        case Operator.IN_LAST:
            return (days <= bound).fill_null(value=False)
        case Operator.OVER_AGO:
            return (days > bound).fill_null(value=column == "last_played")
    return _compare_number(days, operator, bound).fill_null(value=False)
