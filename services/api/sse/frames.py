"""Events as bytes on the wire: encoded once, shared by every client."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from libs.common.events.base import compact_json
from libs.common.events.envelope import Envelope
from services.api.sse.event_ids import event_id
from services.api.sse.replay import Gap

HELLO = b": connected\nretry: 3000\n\n"
KEEPALIVE = b": keepalive\n\n"
_DELETION = "deletion_"


def _block(frame_id: str, event: str, data: str) -> bytes:
    return f"id: {frame_id}\nevent: {event}\ndata: {data}\n\n".encode()


def _frameable(data: str) -> str:
    """JSON escapes CR and LF itself; the Unicode line ends that some parsers split at remain."""
    return data.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


@dataclass(frozen=True)
class Frame:
    """One event of the stream, ready to be sent."""

    sequence: int
    seconds: int
    type: str
    data: str
    envelope_id: str

    @property
    def id(self) -> str:
        """The event's id on every replica."""
        return event_id(self.seconds, self.sequence)

    @cached_property
    def seed(self) -> bytes:
        """With the seed's member names."""
        return _block(self.id, self.type, self.data)

    @cached_property
    def reference(self) -> bytes:
        """With the reference's names beside them."""
        return _block(
            self.id, self.type, _frameable(compact_json(with_reference_names(self.type, json.loads(self.data))))
        )

    def rendered(self, *, reference: bool) -> bytes:
        """The bytes for one kind of client."""
        return self.reference if reference else self.seed


def with_reference_names(event_type: str, members: dict[str, Any]) -> dict[str, Any]:
    """Add `candidates` and `mediaName`, which the reference uses for `flagged` and for a deletion's `title`."""
    if event_type == "engine_complete" and "flagged" in members:
        return members | {"candidates": members["flagged"]}
    if event_type.startswith(_DELETION) and "title" in members:
        return members | {"mediaName": members["title"]}
    return members


def frame(payload: bytes, sequence: int, seconds: int) -> Frame:
    """Read an envelope from the stream. Raises `ValueError` for what is none."""
    envelope = Envelope.model_validate_json(payload)
    return Frame(sequence, seconds, envelope.type, _frameable(envelope.sse_data()), str(envelope.id))


def gap_frame(frame_id: str, requested: str, oldest: str, reason: Gap) -> bytes:
    """The frame that says what was missed; its id is the newest event this client will not get."""
    data = {
        "message": "Some events are missing here; load the current state again",
        "requested": requested,
        "oldestAvailable": oldest,
        "reason": reason.value,
    }
    return _block(frame_id, "replay_gap", _frameable(compact_json(data)))


def farewell(retry_ms: int) -> bytes:
    """Told to a client before its stream ends in good order: when to come back."""
    return f"retry: {retry_ms}\n\n".encode()
