"""What every event is: a frozen fact with a type, a family, and a finished sentence for people."""

import json
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from libs.common.domain.numbers import tidy_number


class Event(BaseModel):
    """A fact of the catalogue. Members are written in camelCase and in the order of the class.

    `durable` events go through the outbox and into the feed; transient ones only to live streams. A member that is
    None is left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)
    type: ClassVar[str]
    family: ClassVar[str]
    durable: ClassVar[bool] = True

    @property
    def message(self) -> str:
        """What happened, in one sentence for people."""
        raise NotImplementedError

    def data(self) -> dict[str, Any]:
        """The members as they cross the wire; whole numbers lose their decimal point."""
        return {name: _tidy(value) for name, value in self.model_dump(by_alias=True, exclude_none=True).items()}

    def data_json(self) -> str:
        """The members as compact JSON with unescaped text."""
        return compact_json(self.data())


def compact_json(value: Any) -> str:
    """One line, no blanks, readable text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _tidy(value: Any) -> Any:
    return tidy_number(value) if isinstance(value, float) else value


def gigabytes(size_bytes: int) -> str:
    """The seed's form: binary gigabytes with two decimals."""
    return f"{size_bytes / 1024**3:.2f} GB"
