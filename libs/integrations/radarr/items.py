"""From Radarr's movies to our items: those that have a file with some size."""

from libs.common.domain.enums import MediaType
from libs.common.domain.paths import normalise_path
from libs.integrations.arr.facts import Names, UnidentifiedRowError, fingerprint, rating_of
from libs.integrations.arr.screen import other_titles, screen_facts
from libs.integrations.loose import claim, moment, number, positive, text
from libs.integrations.models import SourceItem
from libs.integrations.radarr.rows import MovieRow, RatingsRow


def movie_id(movie: MovieRow) -> int:
    """The native id. Raises `UnidentifiedRowError`."""
    found = positive(movie.id)
    if found is None:
        raise UnidentifiedRowError("a movie has no id")
    return found


def size_bytes(movie: MovieRow) -> int:
    """The first size above zero that the row names; 0 when it names none."""
    candidates = (
        movie.size_on_disk,
        None if movie.statistics is None else movie.statistics.size_on_disk,
        None if movie.movie_file is None else movie.movie_file.size,
    )
    return next((found for candidate in candidates if (found := positive(candidate)) is not None), 0)


def file_ids(movie: MovieRow) -> tuple[int, ...]:
    """The id of its file; the file itself may be missing from the row for a moment."""
    if claim(movie.has_file) is not True:
        return ()
    inner = None if movie.movie_file is None else positive(movie.movie_file.id)
    found = inner or positive(movie.movie_file_id)
    return () if found is None else (found,)


def rating(ratings: RatingsRow | None) -> float | None:
    """The first rating above zero, on a scale to ten; the last two are percentages."""
    if ratings is None:
        return None
    scales = (
        (ratings.imdb, 1),
        (ratings.tmdb, 1),
        (ratings.trakt, 1),
        (ratings.metacritic, 10),
        (ratings.rotten_tomatoes, 10),
    )
    for row, scale in scales:
        value = None if row is None else number(row.value)
        if value is not None and value > 0:
            return rating_of(value / scale)
    return None


def item_of(movie: MovieRow, names: Names) -> SourceItem | None:
    """The movie as an item; None when there is no file to speak of."""
    found_id, found_size = movie_id(movie), size_bytes(movie)
    if claim(movie.has_file) is not True or found_size == 0:
        return None
    common = screen_facts(movie, names) | {"also_known_as": other_titles(movie, movie.original_title)}
    file_at = None if movie.movie_file is None else moment(movie.movie_file.date_added)
    collection = movie.collection
    return SourceItem(
        external_id=str(found_id),
        media_type=MediaType.MOVIE,
        title=text(movie.title),
        size_bytes=found_size,
        path=normalise_path(text(movie.path)),
        monitored=claim(movie.monitored) is True,
        rating=rating(movie.ratings),
        added_at=file_at or common["library_added_at"],
        newest_file_at=file_at,
        oldest_file_at=file_at,
        file_fingerprint=fingerprint(file_ids(movie)),
        collection_name=None if collection is None else text(collection.title) or text(collection.name) or None,
        collection_tmdb_id=None if collection is None else positive(collection.tmdb_id),
        **common,
    )
