"""JSON made by columns: each value, member and object is a text expression, so no object exists per item.

A null value leaves its member out, and a null member or entry is left out of its object or array.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from libs.common.events.base import compact_json

if TYPE_CHECKING:
    import polars as pl

Members = Mapping[str, "pl.Expr | str"]
"""Values by name; a text is JSON that is the same for all."""


def number(value: "pl.Expr") -> "pl.Expr":
    """A number; whole ones without a decimal point."""
    import polars as pl

    return value.cast(pl.String).str.strip_suffix(".0")


def text(value: "pl.Expr") -> "pl.Expr":
    """A string, or a list of strings, quoted and escaped."""
    import polars as pl

    encoded = pl.struct(x=value).struct.json_encode().str.strip_prefix('{"x":').str.strip_suffix("}")
    return pl.when(value.is_not_null()).then(encoded)


def truth(value: "pl.Expr") -> "pl.Expr":
    """True or false."""
    import polars as pl

    return pl.when(value).then(pl.lit("true")).when(~value).then(pl.lit("false"))


def moment(value: "pl.Expr") -> "pl.Expr":
    """RFC 3339 in whole seconds."""
    return value.dt.strftime('"%Y-%m-%dT%H:%M:%SZ"')


def fixed(value: "pl.Expr", digits: int) -> "pl.Expr":
    """A number that is not negative, with so many decimals."""
    import polars as pl

    steps = (value * 10**digits).round().cast(pl.Int64)
    return pl.concat_str(
        [steps // 10**digits, pl.lit("."), (steps % 10**digits).cast(pl.String).str.zfill(digits)],
    )


def constant(value: object) -> str:
    """A value that is the same for all."""
    return compact_json(value)


def members(values: Members) -> "pl.Expr":
    """An object of the members that are not null. Constants beside each other are put together once, not per item."""
    import polars as pl

    listed: list[pl.Expr] = []
    for is_constant, run in groupby(values.items(), key=lambda member: isinstance(member[1], str)):
        if is_constant:
            listed.append(pl.lit("".join(f',"{name}":{value}' for name, value in run)))
        else:
            listed += [pl.concat_str([pl.lit(f',"{name}":'), value]) for name, value in run]
    return _enclosed("{", listed, "}")


def array(entries: Iterable["pl.Expr"]) -> "pl.Expr":
    """An array of the entries that are not null."""
    import polars as pl

    return _enclosed("[", [pl.concat_str([pl.lit(","), entry]) for entry in entries], "]")


def _enclosed(begin: str, listed: list["pl.Expr"], end: str) -> "pl.Expr":
    import polars as pl

    inner = pl.concat_str([pl.lit(""), *listed], ignore_nulls=True).str.strip_prefix(",")
    return pl.concat_str([pl.lit(begin), inner, pl.lit(end)])
