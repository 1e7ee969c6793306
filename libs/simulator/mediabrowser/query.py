"""Query values as both servers read them: names in any case, lists with commas or by repetition."""

import re
from collections.abc import Sequence

from libs.simulator.calls import Call, Refusal


class Query:
    """The query of one call."""

    def __init__(self, call: Call) -> None:
        self._values: dict[str, list[str]] = {}
        for name, values in call.query.items():
            self._values.setdefault(name.lower(), []).extend(values)

    def text(self, name: str) -> str:
        """The first value; empty when there is none."""
        return next(iter(self._values.get(name.lower(), [])), "")

    def flag(self, name: str) -> bool | None:
        """True or false; None when nothing was said."""
        word = self.text(name).lower()
        if word not in {"", "true", "false"}:
            raise unbound(name)
        return word == "true" if word else None

    def whole(self, name: str) -> int | None:
        """A number from zero on; None when nothing was said."""
        word = self.text(name)
        if word and not re.fullmatch(r"\d{1,9}", word):
            raise unbound(name)
        return int(word) if word else None

    def words(self, name: str, separator: str = ",") -> Sequence[str]:
        """All values of a list."""
        return [word for value in self._values.get(name.lower(), []) for word in value.split(separator) if word]


def unbound(name: str) -> Refusal:
    """The answer to a value that cannot be read."""
    return Refusal(
        400,
        {
            "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
            "title": "validation failed",
            "status": 400,
            "errors": {name: ["The value is not valid."]},
            "traceId": "00-abc-def-00",
        },
    )
