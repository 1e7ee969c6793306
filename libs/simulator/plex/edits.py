"""How titles of a Plex are edited: by query values, where a list that is sent takes the place of the one that stood."""

import re
from urllib.parse import unquote

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle
from libs.simulator.calls import Answer, Call
from libs.simulator.changes import Effect
from libs.simulator.plex.containers import PageRefusal, accepted, no_such_thing
from libs.simulator.plex.library import wanted_ids
from libs.simulator.plex.rows import spelled
from libs.simulator.plex.server import PlexServer

_SENT = re.compile(r"label\[(\d+)\]\.tag\.tag")
_REMOVED = "label[].tag.tag-"
_LOCK = re.compile(r"(\w+)\.locked")
_TYPES = {"1": TitleKind.MOVIE, "2": TitleKind.TV}


def edit_in_section(here: PlexServer, call: Call) -> Answer:
    """`PUT /library/sections/{id}/all`: the titles with these ids, of that type."""
    here.require_owner(call)
    kind = _TYPES.get(call.text("type") or "")
    words = (call.text("id") or "").split(",")
    if kind is None or not all(word.isdecimal() for word in words):
        raise PageRefusal(400)
    titles = [here.title(int(word)) for word in words]
    if any(title.kind is not kind or title.section != call.params["section"] for title in titles):
        raise no_such_thing()
    return _edited(here, call, titles)


def edit_items(here: PlexServer, call: Call) -> Answer:
    """`PUT /library/metadata/{id,id,…}`: the same for titles wherever they are."""
    here.require_owner(call)
    return _edited(here, call, [here.title(native) for native in wanted_ids(call)])


def _edited(here: PlexServer, call: Call, titles: list[ServerTitle]) -> Answer:
    locks = {match[1]: call.text(name) for name in call.query if (match := _LOCK.fullmatch(name))}
    if not all(value in {"0", "1"} for value in locks.values()):
        raise PageRefusal(400)
    effects: list[Effect] = []
    for title in titles:
        effects += _label(title, _wanted(call, title.labels))
        for name, value in locks.items():
            effects += lock(here, title, name) if value == "1" else unlock(here, title, name)
    return accepted(*effects)


def _wanted(call: Call, current: list[str]) -> list[str]:
    """The labels behind the edit: the sent list, or what stood, without the removed ones."""
    numbered = {int(match[1]): call.text(name) or "" for name in call.query if (match := _SENT.fullmatch(name))}
    sent = [spelled(numbered[index]) for index in sorted(numbered) if numbered[index]]
    removed = {unquote(word).casefold() for word in (call.text(_REMOVED) or "").split(",")}
    return _distinct([label for label in (sent if numbered else current) if label.casefold() not in removed])


def _distinct(labels: list[str]) -> list[str]:
    """Each label once, in its first spelling."""
    found: dict[str, str] = {}
    for label in labels:
        found.setdefault(label.casefold(), label)
    return [*found.values()]


def _label(title: ServerTitle, wanted: list[str]) -> list[Effect]:
    before, after = ({label.casefold(): label for label in labels} for labels in (title.labels, wanted))
    title.labels = wanted
    came = [_done("label_added", title, label) for key, label in after.items() if key not in before]
    return came + [_done("label_removed", title, label) for key, label in before.items() if key not in after]


def lock(here: PlexServer, title: ServerTitle, name: str) -> list[Effect]:
    """Keep a field from being changed by a refresh; no effect when it is locked already."""
    locked = here.locked.setdefault(title.native, set())
    if name in locked:
        return []
    locked.add(name)
    return [_done("field_locked", title, name)]


def unlock(here: PlexServer, title: ServerTitle, name: str) -> list[Effect]:
    """Let refreshes change a field again; no effect when they may already."""
    locked = here.locked.get(title.native, set())
    if name not in locked:
        return []
    locked.remove(name)
    return [_done("field_unlocked", title, name)]


def _done(kind: str, title: ServerTitle, detail: str) -> Effect:
    return Effect(kind=kind, id=title.native, title=title.title, detail=detail)
