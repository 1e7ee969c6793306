"""From Lidarr's artists to our items: one for each that has bytes. There is no year, no language, no id of TMDb."""

from libs.common.domain.enums import MediaType
from libs.common.domain.paths import normalise_path
from libs.integrations.arr.facts import Names, UnidentifiedRowError, joined_genres, poster_url, rating_of
from libs.integrations.arr.files import bytes_of, whole_files
from libs.integrations.lidarr.rows import AlbumRow, ArtistRow
from libs.integrations.loose import claim, moment, number, positive, size, text
from libs.integrations.models import SeriesDigest, SourceItem


def artist_id(artist: ArtistRow) -> int:
    """The native id. Raises `UnidentifiedRowError`."""
    found = positive(artist.id)
    if found is None:
        raise UnidentifiedRowError("an artist has no id")
    return found


def has_bytes(artist: ArtistRow) -> bool:
    """Whether there is anything on a disk."""
    return bytes_of(artist.statistics) > 0


def file_count(artist: ArtistRow) -> int:
    """How many files the artist list speaks of."""
    return 0 if artist.statistics is None else size(artist.statistics.track_file_count) or 0


def has_files(album: AlbumRow) -> bool:
    """False only when the album list is sure that there are none."""
    return album.statistics is None or size(album.statistics.track_file_count) != 0


def item_of(artist: ArtistRow, digest: SeriesDigest, names: Names) -> SourceItem:
    """The artist as an item."""
    files, library_added_at = whole_files(digest), moment(artist.added)
    return SourceItem(
        external_id=str(artist_id(artist)),
        media_type=MediaType.ARTIST,
        title=text(artist.artist_name),
        size_bytes=bytes_of(artist.statistics),
        path=normalise_path(text(artist.path)),
        monitored=claim(artist.monitored) is True,
        poster_url=poster_url(artist.images, names.site),
        quality_profile=names.profile(artist.quality_profile_id),
        rating=None if artist.ratings is None else rating_of(number(artist.ratings.value)),
        genre=joined_genres(artist.genres),
        tags=names.labels(artist.tags),
        mb_id=text(artist.foreign_artist_id) or text(artist.mb_id) or None,
        added_at=files.newest_at or library_added_at,
        library_added_at=library_added_at,
        newest_file_at=files.newest_at,
        oldest_file_at=files.oldest_at,
        file_fingerprint=files.fingerprint,
    )
