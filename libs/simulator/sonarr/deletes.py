"""How a Sonarr deletes: series, single files, files in bulk, exclusions."""

from libs.simulator.arr.server import require_root
from libs.simulator.calls import Answer, Call, Refusal, as_json, broken, not_found
from libs.simulator.changes import Effect, delete_episode_files, delete_show, exclude, exclusion_effect
from libs.simulator.library import Show
from libs.simulator.sonarr.server import SonarrServer

_EXCLUSION = "addImportListExclusion"


def remove_series(here: SonarrServer, call: Call) -> Answer:
    """`DELETE /series/{id}`."""
    show = here.show(call.params["id"])
    with_files, excluded = call.flag("deleteFiles"), call.flag(_EXCLUSION)
    return as_json({}, effects=_remove(here, show, with_files=with_files, excluded=excluded))


def remove_many_series(here: SonarrServer, call: Call) -> Answer:
    """`DELETE /series/editor`: all of them or, when an id is unknown, none."""
    ids = call.ids("seriesIds")
    shows = [here.instance.shows[number] for number in ids if number in here.instance.shows]
    if len(shows) != len(ids):
        raise Refusal(500, broken(f"Expected query to return {len(ids)} rows but returned {len(shows)}"))
    with_files, excluded = bool(call.fields().get("deleteFiles")), bool(call.fields().get(_EXCLUSION))
    for show in shows if with_files else []:
        require_root(here.instance, show)
    effects: list[Effect] = []
    for show in shows:
        effects += _remove(here, show, with_files=with_files, excluded=excluded)
    return as_json({}, effects=effects)


def _remove(here: SonarrServer, show: Show, *, with_files: bool, excluded: bool) -> list[Effect]:
    if with_files:
        require_root(here.instance, show)
    effects = [delete_show(here.world, here.instance, show, with_files=with_files)]
    if excluded:
        effects += exclude(here.instance, show.tvdb_id, show.title, show.year)
    return effects


def remove_file(here: SonarrServer, call: Call) -> Answer:
    """`DELETE /episodefile/{id}`."""
    found = here.files([call.params["id"]])
    if not found:
        raise not_found()
    show, _, file = found[0]
    require_root(here.instance, show)
    return as_json({}, effects=delete_episode_files(here.world, here.instance, show, {file.id}))


def remove_files(here: SonarrServer, call: Call) -> Answer:
    """`DELETE /episodefile/bulk`. The first file names the series, so an empty list breaks the server."""
    ids = call.ids("episodeFileIds")
    if not ids:
        raise Refusal(500, broken("Sequence contains no elements"))
    found = here.files(ids)
    if len(found) != len(set(ids)):
        raise Refusal(500, broken(f"Expected query to return {len(set(ids))} rows but returned {len(found)}"))
    require_root(here.instance, found[0][0])
    reached = found if call.file_limit is None else found[: call.file_limit]
    effects: list[Effect] = []
    for show in {show.id: show for show, _, _ in reached}.values():
        effects += delete_episode_files(here.world, here.instance, show, {file.id for _, _, file in reached})
    if len(reached) < len(found):
        raise Refusal(500, broken("Unable to delete episode file"), effects=effects)
    return as_json({}, effects=effects)


def add_exclusion(here: SonarrServer, call: Call) -> Answer:
    """`POST /importlistexclusion`."""
    tvdb_id, title = call.fields().get("tvdbId"), call.fields().get("title", "")
    if not isinstance(tvdb_id, int) or tvdb_id < 1 or not title:
        raise Refusal(400, [{"propertyName": "TvdbId", "errorMessage": "must be set", "severity": "error"}])
    effects = exclude(here.instance, tvdb_id, title, 0)
    row = next(row for row in here.instance.exclusions.values() if row.outside_id == tvdb_id)
    return as_json({"id": row.id, "tvdbId": row.outside_id, "title": row.title}, 201, effects=effects)


def remove_exclusion(here: SonarrServer, call: Call) -> Answer:
    """`DELETE /importlistexclusion/{id}`."""
    row = here.instance.exclusions.pop(call.params["id"], None)
    if row is None:
        raise not_found()
    return as_json({}, effects=[exclusion_effect("exclusion_removed", row)])
