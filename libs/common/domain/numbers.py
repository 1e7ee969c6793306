"""How numbers look on the wire: whole ones without a decimal point."""


def tidy_number(value: float) -> int | float:
    """Integral floats as integers, because the wire shows 85 and not 85.0 (api.md 1.1)."""
    return int(value) if float(value).is_integer() else value
