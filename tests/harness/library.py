"""A small full library for system tests: a disk at 90 % that thirty movies more or less bring back to its target."""

from libs.simulator.builders import world_with
from libs.simulator.library import Ratings
from libs.simulator.specs import GB, DiskSpec, MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.world import World

TOTAL_BYTES = 2000 * GB


def full_library() -> World:
    """60 movies and 6 shows of 4 seasons on one disk of 2 TB, 90 % full. Some are young, one is tagged to be kept."""
    movies = [
        MovieSpec(
            title=f"Movie {number:02}",
            year=1990 + number % 30,
            size_bytes=(10 + number % 13) * GB,
            age_days=2.0 if number % 20 == 0 else 30.0 + number * 11,
            ratings=Ratings(imdb=4.0 + number % 6),
            tags=["keep"] if number == 7 else [],
        )
        for number in range(1, 61)
    ]
    shows = [
        ShowSpec(
            title=f"Show {number}",
            status="ended" if number % 2 else "continuing",
            age_days=200.0 + number * 40,
            seasons=[SeasonSpec(number=season, episodes=6, size_bytes=(12 + season) * GB) for season in range(1, 5)],
        )
        for number in range(1, 7)
    ]
    return world_with(movies=movies, shows=shows, disks=[DiskSpec(total_bytes=TOTAL_BYTES, free_bytes=200 * GB)])
