"""From Readarr's books and their authors to our items: one for each book that has bytes."""

from datetime import datetime

from libs.common.domain.enums import MediaType
from libs.common.domain.paths import is_within, normalise_path
from libs.integrations.arr.facts import MAX_RATING, Names, UnidentifiedRowError, poster_url, rating_of
from libs.integrations.arr.files import bytes_of, whole_files
from libs.integrations.loose import Scalar, claim, moment, number, positive, scalars, size, text
from libs.integrations.models import SeasonDigest, SeriesDigest, SourceItem
from libs.integrations.readarr.rows import AuthorRow, BookRow, RatingsRow

_BEST = 5.0


def book_id(book: BookRow) -> int:
    """The native id. Raises `UnidentifiedRowError`."""
    found = positive(book.id)
    if found is None:
        raise UnidentifiedRowError("a book has no id")
    return found


def has_bytes(book: BookRow) -> bool:
    """Whether there is anything on a disk: most books of an author are only known, not owned."""
    return bytes_of(book.statistics) > 0


def file_count(book: BookRow) -> int:
    """How many files the book list speaks of."""
    return 0 if book.statistics is None else size(book.statistics.book_file_count) or 0


def author_path(author: AuthorRow) -> str:
    """The author's folder."""
    return normalise_path(text(author.path))


def book_path(author: AuthorRow, files: SeasonDigest) -> str:
    """The folder its files share, when that lies within the author's; else the author's.

    It need not lie there: Calibre has an order of its own.
    """
    folder = author_path(author)
    return files.path if files.path and is_within(files.path, folder) else folder


def rating(ratings: RatingsRow | None) -> float | None:
    """On a scale to ten; Readarr's own goes to five."""
    value = None if ratings is None else number(ratings.value)
    return None if value is None else rating_of(value * (MAX_RATING / _BEST))


def release_year(value: Scalar) -> int | None:
    """The year of a date that may be older than any file; the year 1 stands for none."""
    try:
        year = datetime.fromisoformat(text(value)).year
    except ValueError:
        return None
    return year if year > 1 else None


def item_of(book: BookRow, author: AuthorRow, digest: SeriesDigest, names: Names) -> SourceItem:
    """The book as an item; tags and profile are its author's."""
    files, library_added_at = whole_files(digest), moment(book.added)
    return SourceItem(
        external_id=str(book_id(book)),
        media_type=MediaType.BOOK,
        title=text(book.title),
        size_bytes=bytes_of(book.statistics),
        path=book_path(author, files),
        monitored=claim(book.monitored) is True,
        year=release_year(book.release_date),
        poster_url=_cover(book, names.site),
        quality_profile=names.profile(author.quality_profile_id),
        rating=rating(book.ratings),
        genre=next((word for genre in scalars(book.genres) if (word := text(genre))), ""),
        tags=names.labels(author.tags),
        foreign_book_id=text(book.foreign_book_id) or None,
        added_at=files.newest_at or library_added_at,
        library_added_at=library_added_at,
        newest_file_at=files.newest_at,
        oldest_file_at=files.oldest_at,
        file_fingerprint=files.fingerprint,
    )


def _cover(book: BookRow, site: str) -> str:
    remote = text(book.remote_cover)
    return remote if remote.startswith(("https://", "http://")) else poster_url(book.images, site)
