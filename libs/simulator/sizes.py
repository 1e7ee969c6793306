"""How large generated libraries and their audiences are: profiles with names, and the same mixture for any number."""

import re

import msgspec

SEASONS = (2, 3, 4, 5, 6)
"""Shows take turns with these numbers of seasons: four on average."""

SMALLEST = 100
"""Fewer items than this are too few for every kind."""

_NAMED = re.compile(r"items-(\d{1,7})")
_PLAYS_PER_ITEM = 10
_ITEMS_PER_PERSON = 500


class Size(msgspec.Struct, frozen=True):
    """Titles per instance. Shows have four seasons on average, so an item count of movies + 5 per show.

    Artists and books are one item each.
    """

    movies: int
    movies_4k: int
    shows: int
    shows_4k: int
    artists: int
    books: int


class Attendance(msgspec.Struct, frozen=True):
    """How many people and plays, and how many requests in a hundred titles."""

    people: int
    plays: int
    requests_pct: float = 12.0


SIZES = {
    "small": Size(80, 10, 15, 5, artists=4, books=6),
    "typical": Size(2_600, 200, 380, 20, artists=80, books=120),
    "large": Size(54_000, 3_000, 7_600, 400, artists=1_000, books=2_000),
}
"""200, 5 000 and 100 000 items."""

AUDIENCES = {
    "small": Attendance(people=6, plays=1_200),
    "typical": Attendance(people=20, plays=30_000),
    "large": Attendance(people=200, plays=1_000_000),
}


def profile_of(items: int) -> str:
    """The profile of so many items. Raises `ValueError` for less than `SMALLEST`."""
    if items < SMALLEST:
        raise ValueError(f"a library has at least {SMALLEST} items")
    return f"items-{items}"


def items_in(profile: str) -> int | None:
    """The number in a profile that `profile_of` made; None for other profiles."""
    found = _NAMED.fullmatch(profile)
    return None if found is None else int(found[1])


def size_for(items: int) -> Size:
    """Exactly so many items, mixed as in the profile `large`."""
    shows, shows_4k = items * 76 // 1000, items * 4 // 1000
    movies_4k, artists, books = items * 3 // 100, items // 100, items * 2 // 100
    of_shows = sum(1 + seasons_of(number) for count in (shows, shows_4k) for number in range(count))
    movies = items - movies_4k - of_shows - artists - books
    return Size(movies, movies_4k, shows, shows_4k, artists=artists, books=books)


def audience_for(items: int) -> Attendance:
    """As many people and plays as there are for the items of the profile `large`; always enough for every list."""
    people = min(AUDIENCES["large"].people, max(AUDIENCES["small"].people, items // _ITEMS_PER_PERSON))
    return Attendance(people=people, plays=items * _PLAYS_PER_ITEM)


def seasons_of(number: int) -> int:
    """How many seasons show `number` has."""
    return SEASONS[number % len(SEASONS)]
