"""One invented movie, show, artist or book: ages, sizes, ratings and words as libraries have them."""

import random

from libs.simulator.library import Ratings
from libs.simulator.specs import GB, AlbumSpec, ArtistSpec, BookSpec, MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.titles import (
    GENRES,
    MUSIC_GENRES,
    NETWORKS,
    STUDIOS,
    artist_name,
    author_name,
    book_title,
    movie_title,
    show_title,
)

MOVIE_BASE = 900_000
"""TMDb numbers of invented movies start here. Those of shows do too, so that both number spaces overlap, as in life."""
_SHOW_TVDB_BASE = 9_000_000
_LANGUAGES = (1, 1, 1, 1, 1, 2, 3, 4, 8)
_CERTIFICATIONS = ("G", "PG", "PG-13", "PG-13", "R", "R")
_TAGS = ("keep", "kids", "anime", "classics")
_OLDEST_DAYS = 2_200
_OTHER_TITLE_EVERY = 10


def invent_movie(rng: random.Random, number: int, *, has_file: bool = True) -> MovieSpec:
    """Movie `number` of the invented titles. One in forty is younger than a week."""
    age = rng.uniform(0.5, 6) if rng.random() < 0.025 else 8 + _OLDEST_DAYS * rng.random() ** 1.3
    return MovieSpec(
        title=movie_title(number),
        also_known_as=_other_titles(movie_title(number), number),
        year=rng.randint(1960, 2024),
        size_bytes=int(min(60.0, max(0.7, rng.lognormvariate(2.0, 0.7))) * GB),
        age_days=age,
        has_file=has_file,
        tmdb_id=MOVIE_BASE + number,
        status="released" if has_file else "announced",
        monitored=rng.random() < 0.8,
        tags=_tags(rng),
        ratings=_ratings(rng),
        genres=rng.sample(GENRES, rng.randint(1, 3)),
        language_id=rng.choice(_LANGUAGES),
        certification=rng.choice(_CERTIFICATIONS),
        studio=rng.choice(STUDIOS),
        runtime=rng.randint(80, 180),
    )


def invent_show(rng: random.Random, number: int, *, seasons: int) -> ShowSpec:
    """Show `number` of the invented titles; the last season of a running one is not over."""
    status = rng.choices(("ended", "continuing", "deleted"), (60, 38, 2))[0]
    age = 8 + _OLDEST_DAYS * rng.random()
    rows = [SeasonSpec(number=0, episodes=rng.randint(0, 4), aired=0, files=0, monitored=False)]
    for season in range(1, seasons + 1):
        episodes = rng.randint(6, 14)
        running = status == "continuing" and season == seasons
        rows.append(
            SeasonSpec(
                number=season,
                episodes=episodes,
                aired=rng.randint(1, episodes - 1) if running else episodes,
                size_bytes=int(episodes * rng.uniform(0.8, 4.5) * GB),
                age_days=rng.uniform(0.5, 40) if running else max(8.0, age * (1 - (season - 1) / (seasons + 1))),
                monitored=rng.random() < 0.85,
            )
        )
    return ShowSpec(
        title=show_title(number),
        also_known_as=_other_titles(show_title(number), number),
        year=rng.randint(1990, 2023),
        status=status,
        seasons=rows,
        age_days=age,
        tvdb_id=_SHOW_TVDB_BASE + number,
        tmdb_id=0 if rng.random() < 0.03 else MOVIE_BASE + number,
        monitored=status != "deleted",
        tags=_tags(rng),
        rating=None if rng.random() < 0.05 else round(min(9.6, max(2.0, rng.gauss(7.2, 1.1))), 1),
        genres=rng.sample(GENRES, rng.randint(1, 3)),
        network=rng.choice(NETWORKS),
        language_id=rng.choice(_LANGUAGES),
    )


def invent_artist(rng: random.Random, number: int) -> ArtistSpec:
    """Artist `number` of the invented names, with one to seven albums; some of their tracks are missing."""
    age = 8 + _OLDEST_DAYS * rng.random()
    albums = []
    for album in range(rng.randint(1, 7)):
        tracks = rng.randint(5, 18)
        files = tracks if rng.random() < 0.8 else rng.randint(1, tracks)
        size_bytes = int(files * rng.uniform(0.008, 0.05) * GB)
        age_days = max(0.5, age * rng.random())
        title = f"{movie_title(number * 7 + album)} Sessions"
        albums.append(AlbumSpec(title=title, tracks=tracks, files=files, size_bytes=size_bytes, age_days=age_days))
    return ArtistSpec(
        title=artist_name(number),
        albums=albums,
        age_days=age,
        status=rng.choice(("continuing", "continuing", "ended")),
        monitored=rng.random() < 0.8,
        tags=_tags(rng),
        rating=None if rng.random() < 0.2 else round(min(9.8, max(2.0, rng.gauss(7.5, 1.2))), 1),
        genres=rng.sample(MUSIC_GENRES, rng.randint(1, 3)),
    )


def invent_book(rng: random.Random, number: int) -> BookSpec:
    """Book `number` of the invented titles; an author has three of them."""
    return BookSpec(
        title=book_title(number),
        author=author_name(number // 3),
        year=rng.randint(1920, 2024),
        size_bytes=int(rng.uniform(0.5, 900) * GB / 1000),
        files=2 if rng.random() < 0.1 else 1,
        age_days=rng.uniform(0.5, _OLDEST_DAYS),
        monitored=rng.random() < 0.8,
        tags=_tags(rng),
        rating=None if rng.random() < 0.1 else round(min(5.0, max(1.0, rng.gauss(3.9, 0.4))), 2),
        genres=rng.sample(GENRES, rng.randint(1, 3)),
    )


def _other_titles(title: str, number: int) -> list[str]:
    return [] if number % _OTHER_TITLE_EVERY else [f"{title}: The Other Title", f"Le {title}"]


def _tags(rng: random.Random) -> list[str]:
    return [rng.choice(_TAGS)] if rng.random() < 0.1 else []


def _ratings(rng: random.Random) -> Ratings:
    if rng.random() < 0.04:
        return Ratings()
    middle = min(9.3, max(2.0, rng.gauss(6.6, 1.1)))
    return Ratings(
        imdb=round(middle, 1),
        tmdb=round(min(10.0, max(1.0, middle + rng.gauss(0, 0.4))), 1),
        metacritic=round(middle * 10) if rng.random() < 0.6 else None,
        rotten_tomatoes=round(middle * 10) if rng.random() < 0.6 else None,
        trakt=round(middle, 1) if rng.random() < 0.5 else None,
    )
