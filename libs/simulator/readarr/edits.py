"""How a Readarr changes what it watches for: books and authors. The editor of books knows no tags."""

from typing import Any

from libs.simulator.arr.tags import apply_tags
from libs.simulator.calls import Answer, Call, as_json
from libs.simulator.changes import Effect, set_monitored, set_tags
from libs.simulator.library import Author, Book
from libs.simulator.readarr.rows import author_row, book_row
from libs.simulator.readarr.server import ReadarrServer


def update_book(here: ReadarrServer, call: Call) -> Answer:
    """`PUT /book/{id}`: of what the body names only the flag is kept here."""
    book = here.book(call.params["id"])
    effects = _monitor([book], call.fields())
    return as_json(book_row(here.instance, book), 202, effects=effects)


def edit_books(here: ReadarrServer, call: Call) -> Answer:
    """`PUT /book/editor` and `PUT /book/monitor`."""
    books = [here.book(number) for number in call.ids("bookIds")]
    effects = _monitor(books, call.fields())
    return as_json([book_row(here.instance, book) for book in books], 202, effects=effects)


def update_author(here: ReadarrServer, call: Call) -> Answer:
    """`PUT /author/{id}`: what the body names replaces what stands; the answer is the author as it is now."""
    author = here.author(call.params["id"])
    fields, tags = call.fields(), call.ids("tags")
    effects = _apply(author, fields)
    if fields.get("tags") is not None:
        effects += set_tags(here.instance, author, tags)
    return as_json(author_row(here.instance, author), 202, effects=effects)


def edit_authors(here: ReadarrServer, call: Call) -> Answer:
    """`PUT /author/editor`: every field left out stays as it is."""
    authors = [here.author(number) for number in call.ids("authorIds")]
    effects: list[Effect] = []
    for author in authors:
        effects += apply_tags(here.instance, author, call)
        effects += _apply(author, call.fields())
    return as_json([author_row(here.instance, author) for author in authors], 202, effects=effects)


def _apply(author: Author, fields: dict[str, Any]) -> list[Effect]:
    author.profile_id = fields.get("qualityProfileId") or author.profile_id
    author.monitor_new_items = fields.get("monitorNewItems") or author.monitor_new_items
    author.revision += 1
    wanted = fields.get("monitored")
    return set_monitored(author, monitored=wanted) if isinstance(wanted, bool) else []


def _monitor(books: list[Book], fields: dict[str, Any]) -> list[Effect]:
    wanted = fields.get("monitored")
    if not isinstance(wanted, bool):
        return []
    return [effect for book in books for effect in set_monitored(book, monitored=wanted)]
