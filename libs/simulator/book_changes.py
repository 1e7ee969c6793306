"""What deletes in a Readarr do to the world: books with their files, authors with their folder, single files."""

from collections.abc import Collection

from libs.simulator.changes import Effect, is_shared, remove_bytes
from libs.simulator.library import Author, Book, StoredFile
from libs.simulator.world import Instance, World


def delete_book(world: World, instance: Instance, book: Book, *, with_files: bool) -> Effect:
    """Forget a book, and its files too unless they are kept. The author stays, also without books."""
    author = instance.authors[book.author_id]
    gone = book.files if with_files else []
    del instance.books[book.id]
    author.books.remove(book.id)
    author.revision += 1
    return _effect(world, instance, author, gone, kind="book_deleted", item=book)


def delete_author(world: World, instance: Instance, author: Author, *, with_files: bool) -> Effect:
    """Forget an author with all books, and the folder too unless that is kept, shared, or the root folder itself."""
    books = [instance.books.pop(number) for number in author.books]
    held = [file for book in books for file in book.files]
    gone = held if with_files and not is_shared(author, instance.authors.values(), instance) else []
    del instance.authors[author.id]
    return _effect(world, instance, author, gone, kind="author_deleted", item=author)


def delete_book_files(world: World, instance: Instance, book: Book, wanted: Collection[int]) -> Effect:
    """Delete these files of a book. Monitoring stays unless the owner set otherwise."""
    author = instance.authors[book.author_id]
    gone = [file for file in book.files if file.id in wanted]
    book.files = [file for file in book.files if file.id not in wanted]
    book.monitored = book.monitored and not instance.settings.auto_unmonitor
    book.revision += 1
    author.revision += 1
    return _effect(world, instance, author, gone, kind="book_files_deleted", item=book)


def _effect(
    world: World, instance: Instance, author: Author, gone: list[StoredFile], *, kind: str, item: Book | Author
) -> Effect:
    return Effect(
        kind=kind,
        id=item.id,
        title=item.title,
        freed_bytes=remove_bytes(world, instance, author.path, sum(file.size_bytes for file in gone)),
        files=len(gone),
        file_ids=tuple(file.id for file in gone),
        path=author.path,
    )
