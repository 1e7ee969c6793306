"""How a Jellyfin item is edited: the whole object is assigned, and what the body leaves out is lost."""

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle
from libs.simulator.calls import Answer, Call, Refusal
from libs.simulator.changes import Effect
from libs.simulator.jellyfin.server import JellyfinServer
from libs.simulator.mediabrowser.query import unbound


def update_item(here: JellyfinServer, call: Call) -> Answer:
    """`POST /Items/{id}`: 204. Tags of a show are pushed down to its seasons and episodes."""
    title = here.title(call.words["id"])
    body = call.body
    if not isinstance(body, dict) or not isinstance(body.get("Tags", []), list | None):
        raise unbound("$")
    if str(body.get("Id", here.id_text(title.native))).replace("-", "").lower() != here.id_text(title.native):
        raise Refusal(400)
    effects = _tags(here, title, [str(tag) for tag in body.get("Tags") or []])
    lost = here.metadata.assign(title, body)
    if lost:
        effects.append(Effect(kind="metadata_lost", id=title.native, title=title.title, detail=", ".join(lost)))
    return Answer(status=204, effects=effects or [_saved(title)])


def _tags(here: JellyfinServer, title: ServerTitle, wanted: list[str]) -> list[Effect]:
    came = [tag for tag in wanted if tag not in title.labels]
    went = [tag for tag in title.labels if tag not in wanted]
    title.labels = list(dict.fromkeys(wanted))
    if title.kind is TitleKind.TV and (came or went):
        below = [tag for tag in here.pushed_tags.get(title.native, []) if tag not in went]
        here.pushed_tags[title.native] = [*below, *came]
    return [*(_tag("tag_added", title, tag) for tag in came), *(_tag("tag_removed", title, tag) for tag in went)]


def _tag(kind: str, title: ServerTitle, tag: str) -> Effect:
    return Effect(kind=kind, id=title.native, title=title.title, detail=tag)


def _saved(title: ServerTitle) -> Effect:
    return Effect(kind="item_saved", id=title.native, title=title.title)
