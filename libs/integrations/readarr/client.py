"""The Readarr client: books, and their deletion."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

from libs.common.domain.enums import MediaType
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
from libs.integrations.loose import claim, positive, text
from libs.integrations.models import ItemState, MediaReading, SeriesDigest, SourceItem, TitleItems
from libs.integrations.parallel import all_of
from libs.integrations.readarr.items import author_path, book_id, book_path, file_count, has_bytes, item_of
from libs.integrations.readarr.rows import AuthorRow, BookFileRow, BookRow

PAGE_BOOKS = 800
"""Books whose files are asked for before their items are handed out."""

BOOKS_PER_CALL = 200
"""Keeps the address of a call below 4 KiB, half of what Readarr and usual proxies take."""


class ReadarrClient(ArrClient):
    """One Readarr installation."""

    application = Application("Readarr", "/api/v1", deletes=frozenset({MediaType.BOOK}))

    def media(self, known: Mapping[int, SeriesDigest] | None = None) -> MediaReading:
        """All books that have bytes. Files are asked for only where `known` no longer fits."""
        digests = known or {}
        return MediaReading(lambda reading: self._pages(reading, digests))

    async def _pages(
        self, reading: MediaReading, known: Mapping[int, SeriesDigest]
    ) -> AsyncGenerator[list[SourceItem], None]:
        names = await self._names()
        books = await self._all("/book", BookRow, wanted=has_bytes)
        # Behind the books, so that every author of theirs is in it.
        listed = await self._all("/author", AuthorRow)
        authors = {number: author for author in listed if (number := positive(author.id)) is not None}
        try:
            for start in range(0, len(books), PAGE_BOOKS):
                page = [(book, self._author_of(book, authors)) for book in books[start : start + PAGE_BOOKS]]
                digests = await self._digests(page, known)
                reading.digests.update(digests)
                yield [item_of(book, author, digests[book_id(book)], names) for book, author in page]
        except (UnidentifiedRowError, UnexpectedFileError) as exc:
            raise self._unreadable(str(exc)) from exc

    def _author_of(self, book: BookRow, authors: Mapping[int, AuthorRow]) -> AuthorRow:
        """Raises `UpstreamIncompleteError`: without the author nobody knows the tags that may protect a book."""
        author = authors.get(positive(book.author_id) or 0)
        if author is None:
            raise UpstreamIncompleteError(f"{self._config.name} does not list the author of {text(book.title)}.")
        return author

    async def _digests(
        self, page: Sequence[tuple[BookRow, AuthorRow]], known: Mapping[int, SeriesDigest]
    ) -> dict[int, SeriesDigest]:
        """A digest for each book: the known one where it still fits, else a fresh one."""
        digests = {book_id(book): known[book_id(book)] for book, author in page if _is_covered(book, author, known)}
        changed = [(book, author) for book, author in page if book_id(book) not in digests]
        starts = range(0, len(changed), BOOKS_PER_CALL)
        batches = [[book_id(book) for book, _ in changed[start : start + BOOKS_PER_CALL]] for start in starts]
        files: dict[int, list[OwnedFile]] = {}
        for found in await all_of(self._in_mid_read(self._files(batch), "A book") for batch in batches):
            for file in found:
                files.setdefault(file.owner_id, []).append(file)
        return digests | {
            book_id(book): self._fresh(book, author, files.get(book_id(book), [])) for book, author in changed
        }

    def _fresh(self, book: BookRow, author: AuthorRow, files: list[OwnedFile]) -> SeriesDigest:
        """Without files the age of a book would be unknown, although there are bytes: no answer to go by."""
        if not files:
            message = f"{self._config.name} contradicts itself about the files of {text(book.title)}."
            raise UpstreamIncompleteError(message)
        size_bytes = bytes_of(book.statistics)
        return whole_digest(summed(files), file_count=file_count(book), size_bytes=size_bytes, path=author_path(author))

    async def _files(self, books: Iterable[int]) -> list[OwnedFile]:
        """All files of these books. Raises `UnexpectedFileError` when there are others among them."""
        asked = set(books)
        rows = await self._read("/bookfile", list[BookFileRow], {"bookId": [str(book) for book in asked]})
        files = [owned_file(row, row.book_id) for row in rows]
        if any(file.owner_id not in asked for file in files):
            raise UnexpectedFileError("files of another book were listed")
        return files

    async def items(self, native_id: int) -> TitleItems:
        """The book as it is now; nothing when it is gone, or has no bytes."""
        book = await self._book(native_id)
        if book is None or not has_bytes(book):
            return TitleItems()
        author, names = await self._author(book), await self._names()
        try:
            digests = await self._digests([(book, author)], {})
            return TitleItems((item_of(book, author, digests[native_id], names),), digests)
        except (UnidentifiedRowError, UnexpectedFileError) as exc:
            raise self._unreadable(str(exc)) from exc

    async def item_state(self, target: DeletionTarget) -> ItemState | None:
        """The book as it is now; None when Readarr no longer knows it."""
        book = await self._book(self._own(target).native_id)
        if book is None:
            return None
        author = await self._author(book)
        try:
            files = await self._files([target.native_id])
        except UnexpectedFileError as exc:
            raise self._unreadable(str(exc)) from exc
        digest = summed(files)
        return ItemState(
            target=target,
            title=text(book.title),
            path=book_path(author, digest),
            size_bytes=bytes_of(book.statistics),
            monitored=claim(book.monitored) is True,
            file_ids=tuple(sorted(file.id for file in files)),
            file_fingerprint=digest.fingerprint,
            newest_file_at=digest.newest_at,
        )

    async def unmonitor(self, target: DeletionTarget) -> None:
        """Take the book out of Readarr's searches, and read back that it is."""
        await self._stop_searches("book", self._own(target).native_id, BookRow)

    async def delete(self, target: DeletionTarget, *, planned: ItemState, add_import_exclusion: bool) -> None:
        """Delete the book with its files, once; the author stays."""
        self._planned(target, planned)
        # `addImportExclusion`, as Radarr calls it, would be ignored without a word.
        flags = {"deleteFiles": "true", "addImportListExclusion": str(add_import_exclusion).lower()}
        await self._change("DELETE", f"/book/{target.native_id}", flags)

    async def _book(self, native_id: int) -> BookRow | None:
        return await self._item("book", native_id, BookRow)

    async def _author(self, book: BookRow) -> AuthorRow:
        author_id = positive(book.author_id)
        if author_id is None:
            raise self._unreadable("a book has no author")
        author = await self._in_mid_read(self._read(f"/author/{author_id}", AuthorRow), "An author")
        if positive(author.id) != author_id:
            raise self._unreadable("it is about another author")
        return author


def _is_covered(book: BookRow, author: AuthorRow, known: Mapping[int, SeriesDigest]) -> bool:
    """Also not when the author has moved: then the files lie elsewhere."""
    return is_covered(
        known.get(book_id(book)),
        file_count=file_count(book),
        size_bytes=bytes_of(book.statistics),
        path=author_path(author),
    )
