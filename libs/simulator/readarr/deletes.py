"""How a Readarr deletes: books, authors, book files, exclusions. A Calibre server that is down keeps the files."""

from libs.simulator.arr.server import require_root
from libs.simulator.book_changes import delete_author, delete_book, delete_book_files
from libs.simulator.calls import Answer, Call, Refusal, as_json, broken, not_found
from libs.simulator.changes import Effect, exclude, exclusion_effect
from libs.simulator.library import Author, Book
from libs.simulator.readarr.rows import exclusion_row
from libs.simulator.readarr.server import ReadarrServer

_EXCLUSION = "addImportListExclusion"


def remove_book(here: ReadarrServer, call: Call) -> Answer:
    """`DELETE /book/{id}`."""
    book = here.book(call.params["id"])
    with_files, excluded = call.flag("deleteFiles"), call.flag(_EXCLUSION)
    return as_json({}, effects=_remove(here, book, with_files=with_files, excluded=excluded))


def remove_many_books(here: ReadarrServer, call: Call) -> Answer:
    """`DELETE /book/editor`: all of them or, when an id is unknown, none."""
    ids = call.ids("bookIds")
    books = [here.instance.books[number] for number in ids if number in here.instance.books]
    if len(books) != len(ids):
        raise Refusal(500, broken(f"Expected query to return {len(ids)} rows but returned {len(books)}"))
    with_files, excluded = bool(call.fields().get("deleteFiles")), bool(call.fields().get(_EXCLUSION))
    for book in books if with_files else []:
        _require_files(here, here.author(book.author_id))
    effects: list[Effect] = []
    for book in books:
        effects += _remove(here, book, with_files=with_files, excluded=excluded)
    return as_json({}, effects=effects)


def remove_author(here: ReadarrServer, call: Call) -> Answer:
    """`DELETE /author/{id}`."""
    author = here.author(call.params["id"])
    with_files, excluded = call.flag("deleteFiles"), call.flag(_EXCLUSION)
    if with_files:
        _require_files(here, author)
    effects = [delete_author(here.world, here.instance, author, with_files=with_files)]
    effects += exclude(here.instance, author.foreign_id, author.title) if excluded else []
    return as_json({}, effects=effects)


def _remove(here: ReadarrServer, book: Book, *, with_files: bool, excluded: bool) -> list[Effect]:
    author = here.author(book.author_id)
    if with_files:
        _require_files(here, author)
    effects = [delete_book(here.world, here.instance, book, with_files=with_files)]
    return effects + (exclude(here.instance, book.foreign_id, f"{author.title} - {book.title}") if excluded else [])


def _require_files(here: ReadarrServer, author: Author) -> None:
    require_root(here.instance, author)
    if here.instance.settings.calibre == "down":
        raise Refusal(500, broken("Unable to connect to Calibre library"))


def remove_file(here: ReadarrServer, call: Call) -> Answer:
    """`DELETE /bookfile/{id}`."""
    found = here.files([call.params["id"]])
    if not found:
        raise not_found()
    book, file = found[0]
    _require_files(here, here.author(book.author_id))
    return as_json({}, effects=[delete_book_files(here.world, here.instance, book, {file.id})])


def remove_files(here: ReadarrServer, call: Call) -> Answer:
    """`DELETE /bookfile/bulk`. The first file names the author, so an empty list breaks the server."""
    found = here.files(call.ids("bookFileIds"))
    if not found:
        raise Refusal(500, broken("Sequence contains no elements"))
    _require_files(here, here.author(found[0][0].author_id))
    reached = found if call.file_limit is None else found[: call.file_limit]
    gone = {file.id for _, file in reached}
    books = {book.id: book for book, _ in reached}.values()
    effects = [delete_book_files(here.world, here.instance, book, gone) for book in books]
    if len(reached) < len(found):
        raise Refusal(500, broken("Unable to delete book file"), effects=effects)
    return as_json({}, effects=effects)


def add_exclusion(here: ReadarrServer, call: Call) -> Answer:
    """`POST /importlistexclusion`."""
    foreign_id, name = call.fields().get("foreignId"), call.fields().get("authorName", "")
    if not isinstance(foreign_id, str) or not foreign_id or not name:
        raise Refusal(400, [{"propertyName": "ForeignId", "errorMessage": "must be set", "severity": "error"}])
    effects = exclude(here.instance, foreign_id, name)
    row = next(row for row in here.instance.exclusions.values() if row.outside_id == foreign_id)
    return as_json(exclusion_row(row), 201, effects=effects)


def remove_exclusion(here: ReadarrServer, call: Call) -> Answer:
    """`DELETE /importlistexclusion/{id}`."""
    row = here.instance.exclusions.pop(call.params["id"], None)
    if row is None:
        raise not_found()
    return as_json({}, effects=[exclusion_effect("exclusion_removed", row)])
