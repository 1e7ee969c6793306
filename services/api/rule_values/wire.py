"""What a rule can compare with, on the wire (api.md 3.2)."""

from typing import Annotated, Literal

from pydantic import Field

from services.api.wire import Answer


class Choice(Answer):
    """A value and how it is shown."""

    value: str
    label: str


class Closed(Answer):
    """One of these and nothing else."""

    type: Literal["closed"] = "closed"
    options: list[Choice]


class Combobox(Answer):
    """One of these, or something else."""

    type: Literal["combobox"] = "combobox"
    suggestions: list[Choice]


class Free(Answer):
    """Anything of that kind; `suffix` is its unit."""

    type: Literal["free"] = "free"
    input_type: Literal["text", "number"]
    placeholder: str
    suffix: str = ""


RuleValues = Annotated[Closed | Combobox | Free, Field(discriminator="type")]
