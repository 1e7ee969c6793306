"""How tags are given to an Emby item and taken away: by name, without touching anything else."""

from libs.simulator.audience import ServerTitle
from libs.simulator.calls import Answer, Call, Refusal
from libs.simulator.changes import Effect
from libs.simulator.emby.server import EmbyServer


def add(here: EmbyServer, call: Call) -> Answer:
    """`POST /Items/{id}/Tags/Add`: one that is there already is no error."""
    title = here.title(call.words["id"])
    new = [name for name in _names(here, call) if name.lower() not in {label.lower() for label in title.labels}]
    title.labels = [*title.labels, *new]
    return _done(title, "tag_added", new)


def remove(here: EmbyServer, call: Call) -> Answer:
    """`POST /Items/{id}/Tags/Delete`: by name in any case."""
    title = here.title(call.words["id"])
    wanted = {name.lower() for name in _names(here, call)}
    gone = [label for label in title.labels if label.lower() in wanted]
    title.labels = [label for label in title.labels if label not in gone]
    return _done(title, "tag_removed", gone)


def _names(here: EmbyServer, call: Call) -> list[str]:
    """A list of pairs, of which the name suffices, and the number does too."""
    pairs = call.fields().get("Tags")
    if not isinstance(pairs, list) or not all(isinstance(pair, dict) for pair in pairs):
        raise Refusal(400)
    labels = {label for title in here.media.titles.values() for label in title.labels}
    numbered = {str(here.tag_id(label)): label for label in labels}
    named = [pair.get("Name") or numbered.get(str(pair.get("Id")), "") for pair in pairs]
    return list(dict.fromkeys(name for name in named if name))


def _done(title: ServerTitle, kind: str, names: list[str]) -> Answer:
    effects = [Effect(kind=kind, id=title.native, title=title.title, detail=name) for name in names]
    return Answer(status=204, effects=effects)
