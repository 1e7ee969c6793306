"""How values look on the wire: camelCase, times to the second, no idle `.0`, and texts that Postgres can hold."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from libs.common.domain.numbers import tidy_number

MAX_INT = 2**63 - 1


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode text") from None
    return text


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999") from None


def _digits(value: object) -> object:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("must be a whole number without a sign")
    return value


Time = Annotated[datetime, PlainSerializer(timestamp, return_type=str)]
"""A moment as the wire shows it."""

Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A moment a client sent: RFC 3339 or a date, in UTC where it names no zone."""

Num = Annotated[
    float,
    PlainSerializer(tidy_number, return_type=int | float),
    WithJsonSchema({"type": "number"}, mode="serialization"),
]
"""A number that may have a fraction; whole ones are shown without it."""

Text = Annotated[str, Field(strict=True), AfterValidator(_storable)]
"""Text a client sent: really text, and storable."""

Whole = Annotated[int, Field(strict=True, ge=-MAX_INT - 1, le=MAX_INT)]
"""A whole number a client sent; `true` and `1.5` are none."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""Any finite number a client sent."""

Flag = Annotated[bool, Field(strict=True)]
"""`true` or `false` and nothing that looks like it."""

Id = Annotated[int, BeforeValidator(_digits), Field(ge=1, le=MAX_INT)]
"""The id in a path."""


class Answer(BaseModel):
    """A JSON object we send. Members that are None are left out."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Body(BaseModel):
    """A JSON object a client sends: unknown members are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False, frozen=True, extra="ignore")

    def given(self) -> dict[str, Any]:
        """Only the members that the client really sent, by their Python names."""
        return {name: getattr(self, name) for name in self.model_fields_set}
