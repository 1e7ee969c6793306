"""What a Readarr can be asked: books, authors, book files, exclusions."""

import msgspec

from libs.simulator.calls import Answer, Call, Refusal, as_json, broken, not_found
from libs.simulator.readarr.rows import author_row, book_row, exclusion_row, file_row
from libs.simulator.readarr.server import ReadarrServer


def list_books(here: ReadarrServer, call: Call) -> Answer:
    """`GET /book`: all, those of `authorId`, or the `bookIds`."""
    authors, ids = call.numbers("authorId"), call.numbers("bookIds")
    found = [here.book(number) for number in ids] if ids else here.instance.books.values()
    return Answer(rows=here.book_rows.rows([book for book in found if not authors or book.author_id in authors]))


def one_book(here: ReadarrServer, call: Call) -> Answer:
    """`GET /book/{id}`: here the author is inside, other than in lists."""
    book = here.book(call.params["id"])
    author = here.author(book.author_id)
    row = book_row(here.instance, book) | {"author": author_row(here.instance, author)}
    return Answer(body=msgspec.json.encode(row))


def list_authors(here: ReadarrServer, _: Call) -> Answer:
    """`GET /author`."""
    return Answer(rows=here.author_rows.rows(here.instance.authors.values()))


def one_author(here: ReadarrServer, call: Call) -> Answer:
    """`GET /author/{id}`."""
    return Answer(body=here.author_rows.row(here.author(call.params["id"])))


def list_files(here: ReadarrServer, call: Call) -> Answer:
    """`GET /bookfile` by `authorId`, by `bookId` or by `bookFileIds`; the last two may be repeated."""
    authors, books, ids = call.numbers("authorId"), call.numbers("bookId"), call.numbers("bookFileIds")
    if not authors and not books and not ids:
        raise Refusal(400, broken("authorId, bookId, bookFileIds or unmapped must be provided"))
    if not books and not authors:
        return as_json([file_row(book, file) for book, file in here.files(ids)])
    numbers = books or here.author(authors[0]).books
    return as_json([file_row(book, file) for book in map(here.book, numbers) for file in book.files])


def one_file(here: ReadarrServer, call: Call) -> Answer:
    """`GET /bookfile/{id}`."""
    found = here.files([call.params["id"]])
    if not found:
        raise not_found()
    return as_json(file_row(*found[0]))


def list_exclusions(here: ReadarrServer, _: Call) -> Answer:
    """`GET /importlistexclusion`."""
    return as_json([exclusion_row(row) for row in here.instance.exclusions.values()])


def list_metadata_profiles(_here: ReadarrServer, _: Call) -> Answer:
    """`GET /metadataprofile`."""
    return as_json([{"id": 1, "name": "Standard", "minPopularity": 350}])
