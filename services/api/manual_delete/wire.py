"""Manual deletion on the wire."""

import json
from typing import Annotated

from pydantic import AfterValidator, Field

from services.api.wire import Answer, Body, Flag, Number, Text, Whole

MOST_ITEMS = 1000
"""Of one request. It is one transaction, and a person who means more than that means a rule."""

_MOST_CHARACTERS = 1000
_MOST_DETAILS = 64 * 1024


def _details(told: str) -> str:
    if not told.strip():
        return "[]"
    try:
        is_array = isinstance(json.loads(told), list)
    except (ValueError, RecursionError):
        is_array = False
    if not is_array:
        raise ValueError("must be the text of a JSON array")
    return told


class Wanted(Body):
    """An item to delete, by `integrationId` and `externalId` as the preview lists them.

    What is deleted is what the catalogue holds under them: another `mediaType` or `mediaName` is not taken for it, and
    size and poster are the catalogue's own. `score` is 0 to 1 or, above 1, 0 to 100; it and `scoreDetails` are what
    you saw, and 0 means ours. `force`: also where an `always_keep` rule or a snooze stands against it now.
    """

    media_name: Annotated[Text, Field(max_length=_MOST_CHARACTERS)] = ""
    media_type: Annotated[Text, Field(max_length=_MOST_CHARACTERS)] = ""
    integration_id: Whole = 0
    external_id: Annotated[Text, Field(max_length=_MOST_CHARACTERS)] = ""
    size_bytes: Annotated[Whole, Field(ge=0)] = 0
    poster_url: Annotated[Text, Field(max_length=_MOST_CHARACTERS * 4)] = ""
    score: Annotated[Number, Field(ge=0, le=10_000)] = 0
    score_details: Annotated[Text, Field(max_length=_MOST_DETAILS), AfterValidator(_details)] = "[]"
    force: Flag = False


class Skipped(Answer):
    """An item that is not deleted, and why."""

    media_name: str
    media_type: str
    integration_id: int
    external_id: str
    reason: str


class Outcome(Answer):
    """What came of a request. `mode` is that of the items' disk groups, `mixed` when they differ."""

    queued: int
    total: int
    mode: str
    skipped: list[Skipped]
