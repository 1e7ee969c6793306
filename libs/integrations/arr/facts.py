"""Facts that are read the same way from the rows of every *arr application."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from libs.integrations.arr.rows import ImageRow, NamedRow, TagRow
from libs.integrations.loose import Scalar, scalars, several, text, whole
from libs.integrations.urls import site_of

_POSTERS = ("poster", "cover")
MAX_RATING = 10.0


class UnidentifiedRowError(ValueError):
    """A row without its id or number: nothing can be said about it, nor may it be left out unnoticed."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids in the rows stand for, and the site that relative image addresses belong to."""

    profiles: Mapping[int, str]
    tags: Mapping[int, str]
    site: str

    def profile(self, profile_id: Scalar) -> str | None:
        """The profile's name; None for one that was just deleted."""
        found = whole(profile_id)
        return None if found is None else self.profiles.get(found)

    def labels(self, tag_ids: list[Scalar] | Scalar) -> tuple[str, ...]:
        """The labels in the row's order; ids of tags that were just deleted are left out."""
        found = (self.tags.get(whole(tag_id) or 0) for tag_id in scalars(tag_ids))
        return tuple(label for label in found if label)


def names_of(profiles: Iterable[NamedRow], tags: Iterable[TagRow], base_url: str) -> Names:
    """Look-ups by id. Rows without an id name nothing."""
    return Names(
        profiles={found: text(row.name) for row in profiles if (found := whole(row.id)) is not None},
        tags={found: text(row.label) for row in tags if (found := whole(row.id)) is not None},
        site=site_of(base_url),
    )


def poster_url(images: list[ImageRow] | ImageRow | None, site: str) -> str:
    """The first poster, else cover; its public address, else the one below the upstream's own site. Empty: none."""
    rows = several(images)
    for kind in _POSTERS:
        for row in rows:
            if text(row.cover_type).lower() == kind and (found := _address(row, site)):
                return found
    return ""


def _address(row: ImageRow, site: str) -> str:
    remote = text(row.remote_url)
    if remote.startswith(("https://", "http://")):
        return remote
    local = text(row.url)
    # A local address already holds the URL base: joined to the base URL the sub-path would stand there twice.
    return f"{site}{local}" if local.startswith("/") and not local.startswith("//") else ""


def joined_genres(genres: list[Scalar] | Scalar) -> str:
    """All genres in one text."""
    return ", ".join(word for genre in scalars(genres) if (word := text(genre)))


def rating_of(value: float | None) -> float | None:
    """A rating of 0 to 10; zero stands for none."""
    return min(float(value), MAX_RATING) if value is not None and value > 0 else None


def fingerprint(file_ids: Iterable[int]) -> str:
    """A short text that is equal exactly for equal sets of files. An application never gives a file id twice."""
    ordered = sorted(set(file_ids))
    if len(ordered) <= 1:
        return "".join(str(file_id) for file_id in ordered)
    digest = hashlib.sha256(",".join(str(file_id) for file_id in ordered).encode()).hexdigest()
    return f"{len(ordered)}-{digest[:24]}"
