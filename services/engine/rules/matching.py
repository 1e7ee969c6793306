"""How a field is compared with a rule's value, as a column expression (domain.md 3.2)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from services.engine.rules.fields import FieldKind, RuleField
from services.engine.scoring.raw import days_since

if TYPE_CHECKING:
    import polars as pl

NEGATIVE = {"not_equals": "equals", "not_contains": "contains"}


class UnmatchableRuleError(ValueError):
    """The rule's operator or value does not fit its field; the text says which."""


def matches(field: RuleField, operator: str, value: str, now: datetime) -> "pl.Expr":
    """True, false, never null. Raises `UnmatchableRuleError` for what cannot be compared."""
    match field.kind:
        case FieldKind.TEXT:
            return _text(field.column, operator, value)
        case FieldKind.LIST:
            return _list(field.column, operator, value)
        case FieldKind.NUMBER:
            return _number(field.column, operator, value)
        case FieldKind.BOOLEAN:
            return _boolean(field.column, operator, value)
        case FieldKind.DAYS:
            return _days(field.column, operator, value, now)


def _text(column: str, operator: str, value: str) -> "pl.Expr":
    import polars as pl

    if operator in NEGATIVE:
        return ~_text(column, NEGATIVE[operator], value)
    return _compare_text(pl.col(column).cast(pl.String).fill_null("").str.to_lowercase(), operator, value)


def _compare_text(text: "pl.Expr", operator: str, value: str) -> "pl.Expr":
    match operator:
        case "equals":
            return text == value.lower()
        case "contains":
            return text.str.contains(value.lower(), literal=True)
        case "regex":
            # polars' engine is linear in the text: no pattern can stall it
            return text.str.contains(f"(?i){value}")
    raise UnmatchableRuleError(f"operator {operator!r} does not fit a text")


def _list(column: str, operator: str, value: str) -> "pl.Expr":
    """Positive operators want any element, negative ones every element; an empty list satisfies every."""
    import polars as pl

    if operator in NEGATIVE:
        return ~_list(column, NEGATIVE[operator], value)
    element = _compare_text(pl.element().str.to_lowercase(), operator, value)
    return pl.col(column).list.eval(element).list.any().fill_null(value=False)


def matching_elements(column: str, operator: str, value: str) -> "pl.Expr | None":
    """The elements of a list that fit a positive operator; None for a negative one, which asks for all of them."""
    import polars as pl

    if operator in NEGATIVE:
        return None
    fits = _compare_text(pl.element().str.to_lowercase(), operator, value)
    return pl.col(column).list.eval(pl.element().filter(fits))


def _number(column: str, operator: str, value: str) -> "pl.Expr":
    """An unknown number counts as 0, as the owner of a rule `playcount < 1` expects."""
    import polars as pl

    return _compare_number(pl.col(column).fill_null(0).cast(pl.Float64), operator, _as_number(value))


def _compare_number(number: "pl.Expr", operator: str, bound: float) -> "pl.Expr":
    comparisons: dict[str, Callable[[], pl.Expr]] = {
        "equals": lambda: number == bound,
        "not_equals": lambda: number != bound,
        "gt": lambda: number > bound,
        "gte": lambda: number >= bound,
        "lt": lambda: number < bound,
        "lte": lambda: number <= bound,
    }
    if operator not in comparisons:
        raise UnmatchableRuleError(f"operator {operator!r} does not fit a number")
    return comparisons[operator]()


def _boolean(column: str, operator: str, value: str) -> "pl.Expr":
    import polars as pl

    wanted = value.strip().lower() == "true"
    holds = pl.col(column).fill_null(value=False) == wanted
    match operator:
        case "equals":
            return holds
        case "not_equals":
            return ~holds
    raise UnmatchableRuleError(f"operator {operator!r} does not fit yes or no")


def _days(column: str, operator: str, value: str, now: datetime) -> "pl.Expr":
    """Without a date nothing matches, but for what was never played: it is long ago by any measure."""
    import polars as pl

    never = pl.col(column).is_null()
    if operator == "never":
        return never if column == "last_played" else pl.lit(value=False)
    bound, days = _as_number(value), days_since(column, now)
    match operator:
        case "in_last":
            return (days <= bound).fill_null(value=False)
        case "over_ago":
            return (days > bound).fill_null(value=column == "last_played")
    return _compare_number(days, operator, bound).fill_null(value=False)


def _as_number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise UnmatchableRuleError(f"{value!r} is not a number") from None
