"""Readarr's rows: books without their author, authors with path and tags, book files, exclusions."""

from collections.abc import Iterable
from typing import Any

from libs.simulator.arr.rows import clean_title, quality, sort_title, without
from libs.simulator.library import EPUB, Author, Book, StoredFile
from libs.simulator.world import Exclusion, Instance


def book_row(instance: Instance, book: Book) -> dict[str, Any]:
    """One book as the library lists it: no author object, no path, no tags, no size of its own but in statistics."""
    author = instance.authors[book.author_id]
    cover = f"{instance.url_base}/MediaCover/Books/{book.id}/cover.jpg?lastWrite=638000000000000000"
    row: dict[str, Any] = {
        "id": book.id,
        "title": book.title,
        "authorTitle": f"{_last_first(author.title).lower()} {book.title}",
        "seriesTitle": "",
        "disambiguation": "",
        "authorId": book.author_id,
        "foreignBookId": book.foreign_id,
        "foreignEditionId": f"{book.foreign_id}1",
        "titleSlug": book.foreign_id,
        "monitored": book.monitored,
        "anyEditionOk": True,
        "ratings": _ratings(book.rating),
        "releaseDate": book.released_at,
        "pageCount": book.pages,
        "genres": book.genres,
        "images": [{"url": cover, "coverType": "cover", "extension": ".jpg"}],
        "links": [],
        "statistics": {"bookCount": 1, "totalBookCount": 1, **_statistics([book])},
        "added": book.added_at,
        "grabbed": False,
    }
    return without(row, book.omit)


def author_row(instance: Instance, author: Author) -> dict[str, Any]:
    """One author: path, tags and profile of all the books."""
    books = [instance.books[number] for number in author.books]
    held = sum(1 for book in books if book.files)
    counts = {"bookCount": held, "availableBookCount": held, "totalBookCount": len(books) + 2}
    row: dict[str, Any] = {
        "id": author.id,
        "authorMetadataId": author.id + 2,
        "status": author.status,
        "ended": author.status == "ended",
        "authorName": author.title,
        "authorNameLastFirst": _last_first(author.title),
        "foreignAuthorId": author.foreign_id,
        "titleSlug": author.foreign_id,
        "overview": "",
        "links": [],
        "images": [],
        "path": author.path,
        "qualityProfileId": author.profile_id,
        "metadataProfileId": 1,
        "monitored": author.monitored,
        "monitorNewItems": author.monitor_new_items,
        "rootFolderPath": author.root,
        "genres": [],
        "cleanName": clean_title(author.title),
        "sortName": sort_title(author.title),
        "sortNameLastFirst": _last_first(author.title).lower(),
        "tags": author.tags,
        "added": author.added_at,
        "ratings": _ratings(4.0),
        "statistics": {**counts, **_statistics(books)},
    }
    return without(row, author.omit)


def file_row(book: Book, file: StoredFile) -> dict[str, Any]:
    """One book file."""
    return {
        "id": file.id,
        "authorId": book.author_id,
        "bookId": book.id,
        "path": file.path,
        "size": file.size_bytes,
        "dateAdded": file.added_at,
        "quality": quality(EPUB),
        "qualityWeight": 301,
        "qualityCutoffNotMet": False,
    }


def exclusion_row(row: Exclusion) -> dict[str, Any]:
    """One exclusion in Readarr's words; also those of books name an author."""
    return {"id": row.id, "foreignId": row.outside_id, "authorName": row.title}


def _statistics(books: Iterable[Book]) -> dict[str, Any]:
    files = [file for book in books for file in book.files]
    return {
        "bookFileCount": len(files),
        "sizeOnDisk": sum(file.size_bytes for file in files),
        "percentOfBooks": 100.0 if files else 0.0,
    }


def _ratings(value: float | None) -> dict[str, Any]:
    """On a scale to five."""
    if value is None:
        return {"votes": 0, "value": 0.0, "popularity": 0.0}
    return {"votes": 120, "value": value, "popularity": 120 * value}


def _last_first(name: str) -> str:
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first else last
