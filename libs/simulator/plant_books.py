"""How a specification becomes a book, and where needed its author, in a Readarr. Disks are not touched here."""

from datetime import UTC, datetime, timedelta

from libs.common.domain.enums import IntegrationType
from libs.simulator.library import Author, Book, StoredFile
from libs.simulator.plant import CannotPlantError, require_free, root_for, split_evenly, whole_second
from libs.simulator.specs import BookSpec
from libs.simulator.world import Instance, World


def plant_book(world: World, instance: Instance, spec: BookSpec, now: datetime) -> Book:
    """Add a book, and its author when there is none of that name. Raises `CannotPlantError`."""
    require_free(instance, IntegrationType.READARR, spec.id, taken=instance.books)
    added = whole_second(now - timedelta(days=spec.age_days))
    author = _author(world, instance, spec, added - timedelta(hours=2))
    folder = f"{author.path}/{spec.title}"
    book = Book(
        id=instance.take_id(spec.id),
        title=spec.title,
        author_id=author.id,
        foreign_id=spec.foreign_id or str(world.take_outside_id()),
        added_at=added - timedelta(hours=1),
        released_at=datetime(spec.year, 6, 1, tzinfo=UTC),
        genres=tuple(spec.genres),
        rating=spec.rating,
        monitored=spec.monitored,
        omit=tuple(spec.omit),
    )
    for number, size in enumerate(split_evenly(spec.size_bytes, spec.files)):
        name = spec.title if number == 0 else f"{spec.title} - part {number + 1}"
        book.files.append(StoredFile(instance.take_file_id(), f"{folder}/{name}.epub", size, added))
    instance.books[book.id] = book
    author.books.append(book.id)
    author.revision += 1
    return book


def _author(world: World, instance: Instance, spec: BookSpec, added_at: datetime) -> Author:
    known = next((author for author in instance.authors.values() if author.title == spec.author), None)
    if known is not None:
        return known
    if spec.author_id in instance.authors:
        raise CannotPlantError(f"{instance.key} already has an author {spec.author_id}")
    root = root_for(instance, spec.root)
    author = Author(
        id=instance.take_part_id(spec.author_id),
        title=spec.author,
        foreign_id=spec.author_foreign_id or str(world.take_outside_id()),
        path=f"{root}/{spec.author}",
        root=root,
        added_at=added_at,
        profile_id=spec.profile_id,
        tags=tuple(instance.tag_id(label) for label in spec.tags),
    )
    instance.authors[author.id] = author
    return author
