"""One Readarr as its handlers see it: the instance, its encoded books and authors, and how files are found."""

from collections.abc import Collection
from functools import partial
from typing import ClassVar

from libs.simulator.arr.rows import RowCache
from libs.simulator.arr.server import V1, ArrServer
from libs.simulator.calls import not_found
from libs.simulator.library import Author, Book, StoredFile
from libs.simulator.readarr.rows import author_row, book_row
from libs.simulator.world import Instance, World

FileAt = tuple[Book, StoredFile]


class ReadarrServer(ArrServer):
    """A Readarr instance. Books and authors are numbered apart, so a number can be one of each."""

    prefix: ClassVar[str] = V1
    reads_of_library: ClassVar[tuple[str, ...]] = (f"{V1}/book", f"{V1}/author")

    def __init__(self, world: World, instance: Instance) -> None:
        super().__init__(world, instance)
        self.book_rows: RowCache[Book] = RowCache(instance, partial(book_row, instance))
        self.author_rows: RowCache[Author] = RowCache(instance, partial(author_row, instance))

    def book(self, number: int) -> Book:
        """The book of that id; refuses with 404."""
        book = self.instance.books.get(number)
        if book is None:
            raise not_found()
        return book

    def author(self, number: int) -> Author:
        """The author of that id; refuses with 404."""
        author = self.instance.authors.get(number)
        if author is None:
            raise not_found()
        return author

    def files(self, wanted: Collection[int]) -> list[FileAt]:
        """The files of these ids; ids that do not exist are left out."""
        ids = set(wanted)
        return [(book, file) for book in self.instance.books.values() for file in book.files if file.id in ids]
