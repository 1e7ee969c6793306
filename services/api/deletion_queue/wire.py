"""The deletion queue on the wire."""

from typing import Annotated

from pydantic import Field

from libs.common.domain.enums import JobState, MediaType
from services.api.wire import Answer, Body, Num, Text, Time, Whole


class QueuedJob(Answer):
    """A waiting deletion. `notBefore`: nobody may carry it out earlier. `score` is 0 to 100.

    `waitReason`: why it did not go the last time it was its turn: somebody was watching it, or an attempt failed.
    """

    media_name: str
    media_type: MediaType
    size_bytes: int
    integration_id: int
    score: Num
    poster_url: str | None = None
    collection_group: str | None = None
    id: int
    external_id: str
    state: JobState
    not_before: Time
    wait_reason: str | None = None


class JobAddress(Body):
    """Which job: by `id`, or by name and type, narrowed by the others."""

    id: Annotated[Whole, Field(ge=1)] | None = None
    media_name: Text = ""
    media_type: Text = ""
    integration_id: Annotated[Whole, Field(ge=1)] | None = None
    external_id: Text = ""


class Candidate(Answer):
    """One of several jobs that an address fits."""

    id: int
    media_name: str
    media_type: MediaType
    integration_id: int
    external_id: str


class Ambiguous(Answer):
    """The body of a 409: send the `id` of the one you mean."""

    error: str
    candidates: list[Candidate]


class Cancelled(Answer):
    status: str = "cancelled"


class Cleared(Answer):
    status: str = "cleared"
    cancelled: int


class Snoozed(Answer):
    snoozed: bool = True
    snoozed_until: Time


class GracePeriod(Answer):
    """`active`: jobs wait and none is due yet. `remainingSeconds`: until the first one is."""

    active: bool
    remaining_seconds: int
    queue_size: int
