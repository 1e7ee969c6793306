"""Between the stored score and the one on the wire (api.md 1.6): stored 0 to 1 before rules, unclamped behind them."""


def to_percent(score: float) -> int | float:
    """The score as preview, approval, deletion queue and audit show it: 0 to 100, at most four decimals."""
    return tidy_number(round(min(score, 1.0) * 100, 4))


def to_share(score: float) -> int | float:
    """The score as the sunset queue shows it: 0 to 1, six decimals."""
    return tidy_number(round(min(score, 1.0), 6))


def from_wire(score: float) -> float:
    """A score a client sent: up to 1 it is read as a share, above as a percentage."""
    return score if score <= 1 else score / 100


def tidy_number(value: float) -> int | float:
    """Integral floats as integers, because the wire shows 85 and not 85.0."""
    return int(value) if float(value).is_integer() else value
