"""Files as every *arr application lists them, summed up per item: how many, which, since when, in which folder."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from libs.common.domain.paths import normalise_path
from libs.integrations.arr.facts import fingerprint
from libs.integrations.loose import Scalar, moment, positive, size, text
from libs.integrations.models import SeasonDigest, SeriesDigest

_WHOLE = 0
"""Where items have no seasons, the digest of all files stands under this number."""

_NO_FILES = SeasonDigest(file_count=0, fingerprint="")


class UnexpectedFileError(ValueError):
    """A row that is no file of the item that was asked for."""


class DatedFile(Protocol):
    """What the sum is made of."""

    @property
    def id(self) -> int: ...
    @property
    def path(self) -> str: ...
    @property
    def added_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """A file of an artist or a book."""

    id: int
    owner_id: int
    path: str
    added_at: datetime | None


class FileRow(Protocol):
    """The fields that track files and book files have in common."""

    id: Scalar
    path: Scalar
    date_added: Scalar


class StatisticsRow(Protocol):
    """The bytes on disk, as every application counts them."""

    size_on_disk: Scalar


def owned_file(row: FileRow, owner: Scalar) -> OwnedFile:
    """The file. Raises `UnexpectedFileError` for a row that does not say which file of whom it is."""
    file_id, owner_id = positive(row.id), positive(owner)
    if file_id is None or owner_id is None:
        raise UnexpectedFileError("a file has no id or no owner")
    return OwnedFile(file_id, owner_id, normalise_path(text(row.path)), moment(row.date_added))


def bytes_of(statistics: StatisticsRow | None) -> int:
    """How many bytes the list speaks of; statistics are missing for a new item."""
    return 0 if statistics is None else size(statistics.size_on_disk) or 0


def is_covered(digest: SeriesDigest | None, *, file_count: int, size_bytes: int, path: str = "") -> bool:
    """True when a digest still tells everything about the files of an item, or there is nothing to tell.

    One without any files does not: there are bytes, so somebody must know them.
    """
    if size_bytes == 0:
        return True
    if digest is None or not digest.seasons:
        return False
    return (digest.file_count, digest.size_bytes, digest.path) == (file_count, size_bytes, path)


def whole_digest(files: SeasonDigest, *, file_count: int, size_bytes: int, path: str = "") -> SeriesDigest:
    """The digest of an item that has no seasons. Numbers and path are the list's, to be compared next time."""
    return SeriesDigest(file_count=file_count, size_bytes=size_bytes, seasons={_WHOLE: files}, path=path)


def whole_files(digest: SeriesDigest | None) -> SeasonDigest:
    """The files of an item that has no seasons."""
    return _NO_FILES if digest is None else digest.seasons.get(_WHOLE, _NO_FILES)


def summed(files: Iterable[DatedFile]) -> SeasonDigest:
    """The files as one."""
    found = list(files)
    dates = [file.added_at for file in found if file.added_at is not None]
    is_dated = bool(found) and len(dates) == len(found)  # one file without a date could be the youngest
    return SeasonDigest(
        file_count=len(found),
        fingerprint=fingerprint(file.id for file in found),
        path=_common_folder([file.path for file in found]),
        newest_at=max(dates) if is_dated else None,
        oldest_at=min(dates) if is_dated else None,
    )


def _common_folder(paths: list[str]) -> str:
    """The deepest folder that holds all files, by whole segments; empty when there is none."""
    if not all(paths):
        return ""
    folders = [path.split("/")[:-1] for path in paths]
    shared = []
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "/".join(shared)
