"""The feed for clients of the reference: the same entries, with its member names beside ours."""

import json

from libs.common.events.base import compact_json
from services.api.sse.frames import with_reference_names


def with_reference_members(feed: str) -> str:
    """The JSON array with `candidates` and `mediaName` added inside each entry's metadata."""
    entries = json.loads(feed)
    for entry in entries:
        members = with_reference_names(entry["eventType"], json.loads(entry["metadata"]))
        entry["metadata"] = compact_json(members)
    return compact_json(entries)
