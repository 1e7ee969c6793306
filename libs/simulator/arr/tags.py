"""Tags: the owner's labels, their rows and how an editor call changes an item's."""

import re
from typing import Any

from libs.simulator.arr.server import ArrServer
from libs.simulator.calls import Answer, Call, Refusal, as_json, broken, not_found
from libs.simulator.changes import Effect, set_tags
from libs.simulator.library import Tagged
from libs.simulator.world import Instance

_ALLOWED = re.compile(r"[a-z0-9-]+", re.IGNORECASE)


def list_tags(here: ArrServer, _: Call) -> Answer:
    """`GET /tag`."""
    return as_json([_row(number, label) for number, label in sorted(here.instance.tags.items())])


def one_tag(here: ArrServer, call: Call) -> Answer:
    """`GET /tag/{id}`."""
    return as_json(_row(call.params["id"], _label(here.instance, call.params["id"])))


def add_tag(here: ArrServer, call: Call) -> Answer:
    """`POST /tag`: lower-cases the label; one that exists is answered as it is."""
    label = call.fields().get("label")
    if not isinstance(label, str) or not _ALLOWED.fullmatch(label):
        raise Refusal(400, [_bad_label(label)])
    known = set(here.instance.tags)
    number = here.instance.tag_id(label)
    made = [Effect(kind="tag_created", id=number, detail=label.lower())] if number not in known else []
    return as_json(_row(number, here.instance.tags[number]), 201, effects=made)


def remove_tag(here: ArrServer, call: Call) -> Answer:
    """`DELETE /tag/{id}`: a tag in use stays."""
    number = call.params["id"]
    label = _label(here.instance, number)
    if any(number in item.tags for item in here.instance.tagged):
        raise Refusal(409, broken(f"{label} cannot be deleted since it is still in use"))
    del here.instance.tags[number]
    return as_json({}, effects=[Effect(kind="tag_deleted", id=number, detail=label)])


def apply_tags(instance: Instance, item: Tagged, call: Call) -> list[Effect]:
    """The editor's `tags` with `applyTags` (add, remove, replace); an omitted list changes nothing."""
    if call.fields().get("tags") is None:
        return []
    wanted = set(call.ids("tags"))
    current = set(item.tags)
    results = {"add": current | wanted, "remove": current - wanted, "replace": wanted}
    mode = call.fields().get("applyTags", "add")
    if mode not in results:
        raise Refusal(400, broken(f"applyTags {mode!r} is not known"))
    return set_tags(instance, item, results[mode])


def _row(number: int, label: str) -> dict[str, Any]:
    return {"id": number, "label": label}


def _label(instance: Instance, number: int) -> str:
    label = instance.tags.get(number)
    if label is None:
        raise not_found()
    return label


def _bad_label(label: Any) -> dict[str, Any]:
    return {
        "propertyName": "Label",
        "errorMessage": "label has characters that are not allowed",
        "attemptedValue": label,
        "severity": "error",
        "errorCode": "RegularExpressionValidator",
    }
