"""How a Lidarr deletes: artists, albums, track files, exclusions."""

from libs.simulator.arr.server import require_root
from libs.simulator.calls import Answer, Call, Refusal, as_json, broken, not_found
from libs.simulator.changes import Effect, exclude, exclusion_effect
from libs.simulator.library import Artist
from libs.simulator.lidarr.rows import exclusion_row
from libs.simulator.lidarr.server import FileAt, LidarrServer
from libs.simulator.music_changes import delete_album, delete_artist, delete_track_files

_EXCLUSION = "addImportListExclusion"


def remove_artist(here: LidarrServer, call: Call) -> Answer:
    """`DELETE /artist/{id}`."""
    artist = here.artist(call.params["id"])
    with_files, excluded = call.flag("deleteFiles"), call.flag(_EXCLUSION)
    return as_json({}, effects=_remove(here, artist, with_files=with_files, excluded=excluded))


def remove_many_artists(here: LidarrServer, call: Call) -> Answer:
    """`DELETE /artist/editor`: all of them or, when an id is unknown, none."""
    ids = call.ids("artistIds")
    artists = [here.instance.artists[number] for number in ids if number in here.instance.artists]
    if len(artists) != len(ids):
        raise Refusal(500, broken(f"Expected query to return {len(ids)} rows but returned {len(artists)}"))
    with_files, excluded = bool(call.fields().get("deleteFiles")), bool(call.fields().get(_EXCLUSION))
    for artist in artists if with_files else []:
        require_root(here.instance, artist)
    effects: list[Effect] = []
    for artist in artists:
        effects += _remove(here, artist, with_files=with_files, excluded=excluded)
    return as_json({}, effects=effects)


def _remove(here: LidarrServer, artist: Artist, *, with_files: bool, excluded: bool) -> list[Effect]:
    if with_files:
        require_root(here.instance, artist)
    effects = [delete_artist(here.world, here.instance, artist, with_files=with_files)]
    return effects + (exclude(here.instance, artist.mb_id, artist.title) if excluded else [])


def remove_album(here: LidarrServer, call: Call) -> Answer:
    """`DELETE /album/{id}`."""
    artist, album = here.albums([call.params["id"]])[0]
    with_files, excluded = call.flag("deleteFiles"), call.flag(_EXCLUSION)
    if with_files:
        require_root(here.instance, artist)
    effects = [delete_album(here.world, here.instance, artist, album, with_files=with_files)]
    if excluded:
        effects += exclude(here.instance, album.foreign_id, f"{artist.title} - {album.title}")
    return as_json({}, effects=effects)


def remove_file(here: LidarrServer, call: Call) -> Answer:
    """`DELETE /trackfile/{id}`."""
    found = here.files([call.params["id"]])
    if not found:
        raise not_found()
    artist, _, file = found[0]
    require_root(here.instance, artist)
    return as_json({}, effects=[delete_track_files(here.world, here.instance, artist, {file.id})])


def remove_files(here: LidarrServer, call: Call) -> Answer:
    """`DELETE /trackfile/bulk`. The first file names the artist, so an empty list breaks the server."""
    ids = call.ids("trackFileIds")
    found = here.files(ids)
    if not found:
        raise Refusal(500, broken("Sequence contains no elements"))
    artist = found[0][0]
    require_root(here.instance, artist)
    reached = found if call.file_limit is None else found[: call.file_limit]
    gone = {file.id for _, _, file in reached}
    effects = [delete_track_files(here.world, here.instance, owner, gone) for owner in _owners(reached)]
    if len(reached) < len(found):
        raise Refusal(500, broken("Unable to delete track file"), effects=effects)
    return as_json({}, effects=effects)


def _owners(found: list[FileAt]) -> list[Artist]:
    return list({artist.id: artist for artist, _, _ in found}.values())


def add_exclusion(here: LidarrServer, call: Call) -> Answer:
    """`POST /importlistexclusion`."""
    foreign_id, name = call.fields().get("foreignId"), call.fields().get("artistName", "")
    if not isinstance(foreign_id, str) or not foreign_id or not name:
        raise Refusal(400, [{"propertyName": "ForeignId", "errorMessage": "must be set", "severity": "error"}])
    effects = exclude(here.instance, foreign_id, name)
    row = next(row for row in here.instance.exclusions.values() if row.outside_id == foreign_id)
    return as_json(exclusion_row(row), 201, effects=effects)


def remove_exclusion(here: LidarrServer, call: Call) -> Answer:
    """`DELETE /importlistexclusion/{id}`."""
    row = here.instance.exclusions.pop(call.params["id"], None)
    if row is None:
        raise not_found()
    return as_json({}, effects=[exclusion_effect("exclusion_removed", row)])
