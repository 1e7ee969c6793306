"""How a specification becomes an artist, or one more album of one, in a Lidarr. Disks are not touched here."""

import uuid
from datetime import datetime, timedelta

from libs.common.domain.enums import IntegrationType
from libs.simulator.library import Album, Artist, StoredFile
from libs.simulator.plant import require_free, root_for, split_evenly, whole_second
from libs.simulator.specs import AlbumSpec, ArtistSpec
from libs.simulator.world import Instance, World

_RELEASED_BEFORE = timedelta(days=30)


def plant_artist(world: World, instance: Instance, spec: ArtistSpec, now: datetime) -> Artist:
    """Add an artist with albums and files. Raises `CannotPlantError`."""
    require_free(instance, IntegrationType.LIDARR, spec.id, taken=instance.artists)
    root = root_for(instance, spec.root)
    artist = Artist(
        id=instance.take_id(spec.id),
        title=spec.title,
        mb_id=spec.mb_id or _foreign(world.take_outside_id()),
        path=spec.path or f"{root}/{spec.title}",
        root=root,
        added_at=whole_second(now - timedelta(days=spec.age_days, hours=1)),
        albums=[],
        status=spec.status,
        genres=tuple(spec.genres),
        profile_id=spec.profile_id,
        monitored=spec.monitored,
        tags=tuple(instance.tag_id(label) for label in spec.tags),
        rating=spec.rating,
        omit=tuple(spec.omit),
    )
    for album in spec.albums:
        age = spec.age_days if album.age_days is None else album.age_days
        plant_album(world, instance, artist, album, now - timedelta(days=age))
    instance.artists[artist.id] = artist
    return artist


def plant_album(world: World, instance: Instance, artist: Artist, spec: AlbumSpec, added_at: datetime) -> Album:
    """Add an album with its files."""
    numbers = range(1, (spec.tracks if spec.files is None else spec.files) + 1)
    folder = f"{artist.path}/{spec.title}"
    stamp = whole_second(added_at)
    sizes = split_evenly(spec.size_bytes, len(numbers))
    album = Album(
        id=instance.take_part_id(spec.id),
        title=spec.title,
        foreign_id=spec.foreign_id or _foreign(world.take_outside_id()),
        tracks=spec.tracks,
        released_at=stamp - _RELEASED_BEFORE,
        kind=spec.kind,
        monitored=spec.monitored,
        files=[
            StoredFile(instance.take_file_id(), f"{folder}/{number:02d}.flac", size, stamp)
            for number, size in zip(numbers, sizes, strict=True)
        ],
    )
    artist.albums.append(album)
    artist.revision += 1
    return album


def _foreign(number: int) -> str:
    """A MusicBrainz id."""
    return str(uuid.UUID(int=number << 80 | 0x4000_8000_0000_0000_0000 | number))
