"""Lidarr's rows: artists with their statistics, albums, track files, exclusions."""

from collections.abc import Iterable
from typing import Any

from libs.simulator.arr.rows import clean_title, images, quality, sort_title, without
from libs.simulator.library import FLAC, Album, Artist, StoredFile
from libs.simulator.world import Exclusion, Instance

_ARTWORK = "https://imagecache.lidarr.audio/v1/artist/"
_TRACK_MS = 180_000


def artist_row(instance: Instance, artist: Artist) -> dict[str, Any]:
    """One artist as the library lists it. There is no year, no language and no id of TMDb."""
    row: dict[str, Any] = {
        "artistMetadataId": artist.id + 16,
        "id": artist.id,
        "status": artist.status,
        "ended": artist.status == "ended",
        "artistName": artist.title,
        "foreignArtistId": artist.mb_id,
        "mbId": artist.mb_id,
        "tadbId": 0,
        "discogsId": 0,
        "overview": f"The music of {artist.title}.",
        "artistType": "Group",
        "disambiguation": "",
        "links": [],
        "images": images(instance, artist.id, f"{_ARTWORK}{artist.mb_id}", local=True),
        "path": artist.path,
        "qualityProfileId": artist.profile_id,
        "metadataProfileId": 1,
        "monitored": artist.monitored,
        "monitorNewItems": artist.monitor_new_items,
        "rootFolderPath": artist.root,
        "genres": artist.genres,
        "cleanName": clean_title(artist.title),
        "sortName": sort_title(artist.title),
        "tags": artist.tags,
        "added": artist.added_at,
        "ratings": _ratings(artist.rating),
        "statistics": {"albumCount": len(artist.albums), **_statistics(artist.albums)},
    }
    return without(row, artist.omit)


def album_row(artist: Artist, album: Album) -> dict[str, Any]:
    """One album."""
    return {
        "id": album.id,
        "title": album.title,
        "disambiguation": "",
        "overview": "",
        "artistId": artist.id,
        "foreignAlbumId": album.foreign_id,
        "monitored": album.monitored,
        "anyReleaseOk": True,
        "profileId": artist.profile_id,
        "duration": album.tracks * _TRACK_MS,
        "albumType": album.kind,
        "secondaryTypes": [],
        "mediumCount": 1,
        "ratings": _ratings(artist.rating),
        "releaseDate": album.released_at,
        "genres": artist.genres,
        "images": [],
        "statistics": _statistics([album]),
    }


def file_row(artist: Artist, album: Album, file: StoredFile) -> dict[str, Any]:
    """One track file."""
    return {
        "id": file.id,
        "artistId": artist.id,
        "albumId": album.id,
        "path": file.path,
        "size": file.size_bytes,
        "dateAdded": file.added_at,
        "quality": quality(FLAC),
        "qualityWeight": 1,
        "qualityCutoffNotMet": False,
    }


def exclusion_row(row: Exclusion) -> dict[str, Any]:
    """One exclusion in Lidarr's words."""
    return {"id": row.id, "foreignId": row.outside_id, "artistName": row.title}


def _statistics(albums: Iterable[Album]) -> dict[str, Any]:
    held = wanted = total = size_bytes = 0
    for album in albums:
        held += len(album.files)
        wanted += album.tracks if album.monitored else len(album.files)
        total += album.tracks
        size_bytes += album.size_bytes
    return {
        "trackFileCount": held,
        "trackCount": wanted,
        "totalTrackCount": total,
        "sizeOnDisk": size_bytes,
        "percentOfTracks": 100.0 * held / wanted if wanted else 0.0,
    }


def _ratings(value: float | None) -> dict[str, Any]:
    return {"votes": 0, "value": 0.0} if value is None else {"votes": 40, "value": value}
