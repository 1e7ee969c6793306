"""Radarr's rows: movies with their file, collections, exclusions."""

from collections.abc import Iterable
from typing import Any

from libs.simulator.arr.rows import clean_title, images, language, quality, sort_title, without
from libs.simulator.library import Movie, MovieFile, Ratings
from libs.simulator.world import Collection, CollectionMember, Exclusion, Instance

_POSTERS = "https://image.tmdb.org/t/p/original/"


def movie_row(instance: Instance, movie: Movie, *, local_covers: bool) -> dict[str, Any]:
    """One movie as the library lists it. Fields without a value are left out."""
    row: dict[str, Any] = {
        "id": movie.id,
        "title": movie.title,
        "originalTitle": movie.original_title,
        "originalLanguage": language(movie.language_id),
        "alternateTitles": [
            {"sourceType": "tmdb", "movieMetadataId": movie.id, "title": title, "cleanTitle": clean_title(title)}
            for title in movie.also_known_as
        ],
        "secondaryYearSourceId": 0,
        "sortTitle": sort_title(movie.title),
        "sizeOnDisk": movie.size_bytes,
        "status": movie.status,
        "overview": f"The story of {movie.title}.",
        "inCinemas": f"{movie.year}-03-01T00:00:00Z",
        "physicalRelease": f"{movie.year}-07-01T00:00:00Z",
        "digitalRelease": f"{movie.year}-06-01T00:00:00Z",
        "releaseDate": f"{movie.year}-07-01T00:00:00Z",
        "images": images(instance, movie.id, f"{_POSTERS}{movie.tmdb_id}", local=local_covers),
        "website": "",
        "year": movie.year,
        "youTubeTrailerId": "",
        "studio": movie.studio,
        "path": movie.path,
        "qualityProfileId": movie.profile_id,
        "hasFile": movie.file is not None,
        "movieFileId": movie.file.id if movie.file else 0,
        "monitored": movie.monitored,
        "minimumAvailability": "released",
        "isAvailable": movie.status == "released",
        "folderName": movie.path,
        "runtime": movie.runtime,
        "cleanTitle": clean_title(movie.title),
        "imdbId": movie.imdb_id,
        "tmdbId": movie.tmdb_id,
        "titleSlug": str(movie.tmdb_id),
        "rootFolderPath": movie.root,
        "certification": movie.certification,
        "genres": movie.genres,
        "keywords": [],
        "tags": movie.tags,
        "added": movie.added_at,
        "ratings": ratings_row(movie.ratings),
        "popularity": 12.3,
        "statistics": _statistics(movie),
    }
    if movie.file:
        row["movieFile"] = file_row(movie, movie.file)
    if movie.collection:
        name = instance.settings.collection_field
        row["collection"] = {name: movie.collection.title, "tmdbId": movie.collection.tmdb_id}
    return without(row, movie.omit)


def _statistics(movie: Movie) -> dict[str, Any]:
    held = movie.file is not None
    return {"movieFileCount": int(held), "sizeOnDisk": movie.size_bytes, "releaseGroups": ["GRP"] if held else []}


def ratings_row(ratings: Ratings) -> dict[str, Any]:
    """The sites that know the movie, each in its own scale."""
    sites = {
        "imdb": (ratings.imdb, 31_000),
        "tmdb": (ratings.tmdb, 3_200),
        "metacritic": (ratings.metacritic, 0),
        "rottenTomatoes": (ratings.rotten_tomatoes, 0),
        "trakt": (ratings.trakt, 900),
    }
    return {
        site: {"votes": votes, "value": value, "type": "user"}
        for site, (value, votes) in sites.items()
        if value is not None
    }


def file_row(movie: Movie, file: MovieFile) -> dict[str, Any]:
    """A movie's file."""
    return {
        "id": file.id,
        "movieId": movie.id,
        "relativePath": file.relative_path,
        "path": f"{movie.path}/{file.relative_path}",
        "size": file.size_bytes,
        "dateAdded": file.added_at,
        "releaseGroup": "GRP",
        "edition": "",
        "languages": [language(movie.language_id)],
        "quality": quality(file.quality, modifier="none"),
        "customFormats": [],
        "customFormatScore": 0,
        "indexerFlags": 0,
        "qualityCutoffNotMet": False,
    }


def collection_rows(instance: Instance, collections: Iterable[Collection]) -> list[dict[str, Any]]:
    """Collections with all their members, owned or not."""
    owned = {movie.tmdb_id for movie in instance.movies.values()}
    excluded = {row.outside_id for row in instance.exclusions.values()}
    return [_collection_row(collection, owned, excluded) for collection in collections]


def _collection_row(collection: Collection, owned: set[int], excluded: set[int | str]) -> dict[str, Any]:
    return {
        "id": collection.id,
        "title": collection.title,
        "sortTitle": sort_title(collection.title),
        "tmdbId": collection.tmdb_id,
        "images": [],
        "overview": "",
        "monitored": collection.monitored,
        "rootFolderPath": collection.root,
        "qualityProfileId": 4,
        "searchOnAdd": True,
        "minimumAvailability": "released",
        "movies": [_member_row(member, owned, excluded) for member in collection.members],
        "missingMovies": sum(1 for member in collection.members if member.tmdb_id not in owned),
        "tags": [],
    }


def _member_row(member: CollectionMember, owned: set[int], excluded: set[int | str]) -> dict[str, Any]:
    return {
        "tmdbId": member.tmdb_id,
        "imdbId": f"tt{member.tmdb_id:07d}",
        "title": member.title,
        "cleanTitle": clean_title(member.title),
        "sortTitle": sort_title(member.title),
        "status": "released",
        "overview": "",
        "runtime": 110,
        "images": [],
        "year": member.year,
        "ratings": {},
        "genres": [],
        "folder": f"{member.title} ({member.year})",
        "isExisting": member.tmdb_id in owned,
        "isExcluded": member.tmdb_id in excluded,
    }


def exclusion_row(row: Exclusion) -> dict[str, Any]:
    """One exclusion in Radarr's words."""
    return {"id": row.id, "tmdbId": row.outside_id, "movieTitle": row.title, "movieYear": row.year}
