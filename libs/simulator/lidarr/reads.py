"""What a Lidarr can be asked: artists, albums, track files, exclusions."""

from libs.simulator.calls import Answer, Call, Refusal, as_json, broken, not_found
from libs.simulator.lidarr.rows import album_row, exclusion_row, file_row
from libs.simulator.lidarr.server import LidarrServer


def list_artists(here: LidarrServer, call: Call) -> Answer:
    """`GET /artist`, or the one with `mbId`."""
    wanted = call.text("mbId")
    artists = here.instance.artists.values()
    return Answer(rows=here.cache.rows([artist for artist in artists if wanted in {None, artist.mb_id}]))


def one_artist(here: LidarrServer, call: Call) -> Answer:
    """`GET /artist/{id}`."""
    return Answer(body=here.cache.row(here.artist(call.params["id"])))


def list_albums(here: LidarrServer, call: Call) -> Answer:
    """`GET /album`: all, those of `artistId`, or the `albumIds`."""
    artists, ids = call.numbers("artistId"), call.numbers("albumIds")
    found = here.albums(ids) if ids else here.every_album()
    return as_json([album_row(artist, album) for artist, album in found if not artists or artist.id in artists])


def one_album(here: LidarrServer, call: Call) -> Answer:
    """`GET /album/{id}`."""
    return as_json(album_row(*here.albums([call.params["id"]])[0]))


def list_files(here: LidarrServer, call: Call) -> Answer:
    """`GET /trackfile` by `artistId`, by `albumId` or by `trackFileIds`; the last two may be repeated."""
    artists, albums, ids = call.numbers("artistId"), call.numbers("albumId"), call.numbers("trackFileIds")
    if not artists and not albums and not ids:
        raise Refusal(400, broken("artistId, albumId, trackFileIds or unmapped must be provided"))
    if albums:
        found = [(artist, album, file) for artist, album in here.albums(albums) for file in album.files]
    elif artists:
        artist = here.artist(artists[0])
        found = [(artist, album, file) for album in artist.albums for file in album.files]
    else:
        found = here.files(ids)
    return as_json([file_row(*each) for each in found])


def one_file(here: LidarrServer, call: Call) -> Answer:
    """`GET /trackfile/{id}`."""
    found = here.files([call.params["id"]])
    if not found:
        raise not_found()
    return as_json(file_row(*found[0]))


def list_exclusions(here: LidarrServer, _: Call) -> Answer:
    """`GET /importlistexclusion`."""
    return as_json([exclusion_row(row) for row in here.instance.exclusions.values()])


def list_metadata_profiles(_here: LidarrServer, _: Call) -> Answer:
    """`GET /metadataprofile`."""
    return as_json([{"id": 1, "name": "Standard"}])
