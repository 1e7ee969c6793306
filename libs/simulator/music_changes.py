"""What deletes in a Lidarr do to the world: artists with their folder, albums, single track files."""

from collections.abc import Collection

from libs.simulator.changes import Effect, is_shared, remove_bytes
from libs.simulator.library import Album, Artist, StoredFile
from libs.simulator.world import Instance, World


def delete_artist(world: World, instance: Instance, artist: Artist, *, with_files: bool) -> Effect:
    """Forget an artist, and the folder too unless that is kept, shared, or the root folder itself."""
    gone = artist.files if with_files and not is_shared(artist, instance.artists.values(), instance) else []
    del instance.artists[artist.id]
    return _effect(world, instance, artist, gone, kind="artist_deleted")


def delete_album(world: World, instance: Instance, artist: Artist, album: Album, *, with_files: bool) -> Effect:
    """Forget an album, and its files too unless they are kept."""
    artist.albums.remove(album)
    artist.revision += 1
    return _effect(world, instance, artist, album.files if with_files else [], kind="album_deleted")


def delete_track_files(world: World, instance: Instance, artist: Artist, wanted: Collection[int]) -> Effect:
    """Delete these files of an artist. Monitoring stays unless the owner set otherwise."""
    gone: list[StoredFile] = []
    for album in artist.albums:
        lost = [file for file in album.files if file.id in wanted]
        album.files = [file for file in album.files if file.id not in wanted]
        album.monitored = album.monitored and not (lost and instance.settings.auto_unmonitor)
        gone += lost
    artist.revision += 1
    return _effect(world, instance, artist, gone, kind="track_files_deleted")


def _effect(world: World, instance: Instance, artist: Artist, gone: list[StoredFile], *, kind: str) -> Effect:
    return Effect(
        kind=kind,
        id=artist.id,
        title=artist.title,
        freed_bytes=remove_bytes(world, instance, artist.path, sum(file.size_bytes for file in gone)),
        files=len(gone),
        file_ids=tuple(file.id for file in gone),
        path=artist.path,
    )
