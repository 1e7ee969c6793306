"""How a Lidarr changes what it watches for: artists, the editor, albums."""

from typing import Any

from libs.simulator.arr.tags import apply_tags
from libs.simulator.calls import Answer, Call, as_json
from libs.simulator.changes import Effect, set_album_monitored, set_monitored, set_tags
from libs.simulator.library import Artist
from libs.simulator.lidarr.rows import album_row, artist_row
from libs.simulator.lidarr.server import LidarrServer


def update_artist(here: LidarrServer, call: Call) -> Answer:
    """`PUT /artist/{id}`: what the body names replaces what stands; the answer is the artist as it is now."""
    artist = here.artist(call.params["id"])
    fields, tags = call.fields(), call.ids("tags")
    effects = _apply(artist, fields)
    if fields.get("tags") is not None:
        effects += set_tags(here.instance, artist, tags)
    return as_json(artist_row(here.instance, artist), 202, effects=effects)


def edit_artists(here: LidarrServer, call: Call) -> Answer:
    """`PUT /artist/editor`: every field left out stays as it is."""
    artists = [here.artist(number) for number in call.ids("artistIds")]
    effects: list[Effect] = []
    for artist in artists:
        effects += apply_tags(here.instance, artist, call)
        effects += _apply(artist, call.fields())
    return as_json([artist_row(here.instance, artist) for artist in artists], 202, effects=effects)


def monitor_albums(here: LidarrServer, call: Call) -> Answer:
    """`PUT /album/monitor`."""
    found = here.albums(call.ids("albumIds"))
    monitored = bool(call.fields().get("monitored"))
    effects: list[Effect] = []
    for artist, album in found:
        effects += set_album_monitored(artist, album, monitored=monitored)
        artist.revision += 1
    return as_json([album_row(artist, album) for artist, album in found], 202, effects=effects)


def _apply(artist: Artist, fields: dict[str, Any]) -> list[Effect]:
    artist.profile_id = fields.get("qualityProfileId") or artist.profile_id
    artist.monitor_new_items = fields.get("monitorNewItems") or artist.monitor_new_items
    artist.revision += 1
    wanted = fields.get("monitored")
    return set_monitored(artist, monitored=wanted) if isinstance(wanted, bool) else []
