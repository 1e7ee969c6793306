"""The Lidarr client: artists, and their deletion."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

from libs.common.domain.enums import MediaType
from libs.common.domain.paths import normalise_path
from libs.common.domain.target import DeletionTarget
from libs.integrations.arr.client import Application, ArrClient
from libs.integrations.arr.facts import UnidentifiedRowError
from libs.integrations.arr.files import (
    OwnedFile,
    UnexpectedFileError,
    bytes_of,
    is_covered,
    owned_file,
    summed,
    whole_digest,
)
from libs.integrations.errors import UpstreamIncompleteError
from libs.integrations.http import Params
from libs.integrations.lidarr.items import artist_id, file_count, has_bytes, has_files, item_of
from libs.integrations.lidarr.rows import AlbumRow, ArtistRow, TrackFileRow
from libs.integrations.loose import claim, positive, text
from libs.integrations.models import ItemState, MediaReading, SeriesDigest, SourceItem, TitleItems
from libs.integrations.parallel import all_of

PAGE_ARTISTS = 100
"""Artists whose files are asked for before their items are handed out."""

ASKED_SINGLY = 20
"""Up to so many artists are asked for their files one by one; for more it pays to know all albums."""

ALBUMS_PER_CALL = 200
"""Keeps the address of a call below 4 KiB, half of what Lidarr and usual proxies take."""


class LidarrClient(ArrClient):
    """One Lidarr installation."""

    application = Application("Lidarr", "/api/v1", deletes=frozenset({MediaType.ARTIST}))

    def media(self, known: Mapping[int, SeriesDigest] | None = None) -> MediaReading:
        """All artists that have bytes. Files are asked for only where `known` no longer fits."""
        digests = known or {}
        return MediaReading(lambda reading: self._pages(reading, digests))

    async def _pages(
        self, reading: MediaReading, known: Mapping[int, SeriesDigest]
    ) -> AsyncGenerator[list[SourceItem], None]:
        names = await self._names()
        artists = await self._all("/artist", ArtistRow, wanted=has_bytes)
        try:
            changed = [artist_id(artist) for artist in artists if not _is_covered(artist, known)]
            albums = await self._albums(set(changed)) if len(changed) > ASKED_SINGLY else None
            for start in range(0, len(artists), PAGE_ARTISTS):
                page = artists[start : start + PAGE_ARTISTS]
                digests = await self._digests(page, known, albums)
                reading.digests.update(digests)
                yield [item_of(artist, digests[artist_id(artist)], names) for artist in page]
        except (UnidentifiedRowError, UnexpectedFileError) as exc:
            raise self._unreadable(str(exc)) from exc

    async def _albums(self, artists: set[int]) -> dict[int, list[int]]:
        """The albums with files of these artists, by artist."""
        found: dict[int, list[int]] = {artist: [] for artist in artists}
        for album in await self._all("/album", AlbumRow, wanted=has_files):
            album_id, owner = positive(album.id), positive(album.artist_id)
            if album_id is None or owner is None:
                raise UnidentifiedRowError("an album has no id or no artist")
            if owner in found:
                found[owner].append(album_id)
        return found

    async def _digests(
        self, page: Sequence[ArtistRow], known: Mapping[int, SeriesDigest], albums: Mapping[int, list[int]] | None
    ) -> dict[int, SeriesDigest]:
        """A digest for each artist: the known one where it still fits, else a fresh one."""
        digests = {artist_id(artist): known[artist_id(artist)] for artist in page if _is_covered(artist, known)}
        changed = {artist_id(artist): artist for artist in page if artist_id(artist) not in digests}
        queries = _by_artist(changed) if albums is None else _by_album(changed, albums)
        files: dict[int, list[OwnedFile]] = {artist: [] for artist in changed}
        for found in await all_of(self._in_mid_read(self._files(query), "An artist or album") for query in queries):
            for file in found:
                if file.owner_id not in files:
                    raise UnexpectedFileError("files of another artist were listed")
                files[file.owner_id].append(file)
        return digests | {number: self._fresh(artist, files[number]) for number, artist in changed.items()}

    def _fresh(self, artist: ArtistRow, files: list[OwnedFile]) -> SeriesDigest:
        """Without files the age of an artist would be unknown, although there are bytes: no answer to go by."""
        if not files:
            message = f"{self._config.name} contradicts itself about the files of {text(artist.artist_name)}."
            raise UpstreamIncompleteError(message)
        return whole_digest(summed(files), file_count=file_count(artist), size_bytes=bytes_of(artist.statistics))

    async def _files(self, query: Params) -> list[OwnedFile]:
        rows = await self._read("/trackfile", list[TrackFileRow], query)
        return [owned_file(row, row.artist_id) for row in rows]

    async def items(self, native_id: int) -> TitleItems:
        """The artist as it is now; nothing when it is gone, or has no bytes."""
        artist = await self._artist(native_id)
        if artist is None or not has_bytes(artist):
            return TitleItems()
        names = await self._names()
        try:
            digests = await self._digests([artist], {}, None)
            return TitleItems((item_of(artist, digests[native_id], names),), digests)
        except (UnidentifiedRowError, UnexpectedFileError) as exc:
            raise self._unreadable(str(exc)) from exc

    async def item_state(self, target: DeletionTarget) -> ItemState | None:
        """The artist as it is now; None when Lidarr no longer knows it."""
        artist = await self._artist(self._own(target).native_id)
        if artist is None:
            return None
        try:
            files = await self._files({"artistId": str(target.native_id)})
        except UnexpectedFileError as exc:
            raise self._unreadable(str(exc)) from exc
        if any(file.owner_id != target.native_id for file in files):
            raise self._unreadable("files of another artist were listed")
        digest = summed(files)
        return ItemState(
            target=target,
            title=text(artist.artist_name),
            path=normalise_path(text(artist.path)),
            size_bytes=bytes_of(artist.statistics),
            monitored=claim(artist.monitored) is True,
            file_ids=tuple(sorted(file.id for file in files)),
            file_fingerprint=digest.fingerprint,
            newest_file_at=digest.newest_at,
        )

    async def unmonitor(self, target: DeletionTarget) -> None:
        """Take the artist out of Lidarr's searches, and read back that it is."""
        await self._stop_searches("artist", self._own(target).native_id, ArtistRow)

    async def delete(self, target: DeletionTarget, *, planned: ItemState, add_import_exclusion: bool) -> None:
        """Delete the artist with the folder, once; the files may go after the answer."""
        self._planned(target, planned)
        flags = {"deleteFiles": "true", "addImportListExclusion": str(add_import_exclusion).lower()}
        await self._change("DELETE", f"/artist/{target.native_id}", flags)

    async def _artist(self, native_id: int) -> ArtistRow | None:
        return await self._item("artist", native_id, ArtistRow)


def _is_covered(artist: ArtistRow, known: Mapping[int, SeriesDigest]) -> bool:
    digest = known.get(artist_id(artist))
    return is_covered(digest, file_count=file_count(artist), size_bytes=bytes_of(artist.statistics))


def _by_artist(artists: Iterable[int]) -> list[Params]:
    return [{"artistId": str(artist)} for artist in artists]


def _by_album(artists: Iterable[int], albums: Mapping[int, list[int]]) -> list[Params]:
    wanted = [str(album) for artist in artists for album in albums[artist]]
    starts = range(0, len(wanted), ALBUMS_PER_CALL)
    return [{"albumId": wanted[start : start + ALBUMS_PER_CALL]} for start in starts]
