"""The operators of rules: the seed's words, the reference's symbols for them, and which fit which kind of field."""

from enum import StrEnum


class Operator(StrEnum):
    """The seed's spelling."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    REGEX = "regex"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IN_LAST = "in_last"
    OVER_AGO = "over_ago"
    NEVER = "never"


ALIASES: dict[str, Operator] = {
    "==": Operator.EQUALS,
    "!=": Operator.NOT_EQUALS,
    "!contains": Operator.NOT_CONTAINS,
    ">": Operator.GT,
    ">=": Operator.GTE,
    "<": Operator.LT,
    "<=": Operator.LTE,
}
"""The reference's symbols for the seed's operators."""

TEXT = (Operator.EQUALS, Operator.NOT_EQUALS, Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.REGEX)
NUMBER = (Operator.EQUALS, Operator.NOT_EQUALS, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)
BOOLEAN = (Operator.EQUALS, Operator.NOT_EQUALS)
DAYS = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE, Operator.IN_LAST, Operator.OVER_AGO)
"""Days are fractions, so no two are ever equal."""
SINCE_PLAYED = (Operator.IN_LAST, Operator.OVER_AGO, Operator.NEVER)


def operator_of(text: str) -> Operator | None:
    """The operator in any accepted spelling; None when it is none."""
    lowered = text.strip().lower()
    if lowered in ALIASES:
        return ALIASES[lowered]
    return Operator(lowered) if lowered in set(Operator) else None
