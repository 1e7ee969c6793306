"""What a Radarr can be asked: movies, their files, collections, exclusions."""

from libs.simulator.calls import Answer, Call, Refusal, as_json, broken, not_found
from libs.simulator.radarr.rows import collection_rows, exclusion_row, file_row
from libs.simulator.radarr.server import RadarrServer


def list_movies(here: RadarrServer, call: Call) -> Answer:
    """`GET /movie`, or the one with `tmdbId`; `excludeLocalCovers` leaves the local addresses out."""
    wanted = call.numbers("tmdbId")
    cache = here.lean if call.flag("excludeLocalCovers") else here.full
    movies = here.instance.movies.values()
    return Answer(rows=cache.rows([movie for movie in movies if not wanted or movie.tmdb_id in wanted]))


def one_movie(here: RadarrServer, call: Call) -> Answer:
    """`GET /movie/{id}`."""
    return Answer(body=here.full.row(here.movie(call.params["id"])))


def list_files(here: RadarrServer, call: Call) -> Answer:
    """`GET /moviefile` by `movieId` or `movieFileIds`."""
    movie_ids, file_ids = call.numbers("movieId"), call.numbers("movieFileIds")
    if not movie_ids and not file_ids:
        raise Refusal(400, broken("movieId or movieFileIds must be provided"))
    named = [here.instance.movies.get(number) for number in movie_ids]
    movies = [movie for movie in named if movie] if movie_ids else here.with_files(file_ids)
    return as_json([file_row(movie, movie.file) for movie in movies if movie.file])


def one_file(here: RadarrServer, call: Call) -> Answer:
    """`GET /moviefile/{id}`."""
    for movie in here.with_files([call.params["id"]]):
        if movie.file:
            return as_json(file_row(movie, movie.file))
    raise not_found()


def list_collections(here: RadarrServer, call: Call) -> Answer:
    """`GET /collection`, or the one with `tmdbId`."""
    wanted = call.numbers("tmdbId")
    known = here.instance.collections.values()
    return as_json(collection_rows(here.instance, [row for row in known if not wanted or row.tmdb_id in wanted]))


def one_collection(here: RadarrServer, call: Call) -> Answer:
    """`GET /collection/{id}`."""
    row = here.instance.collections.get(call.params["id"])
    if row is None:
        raise not_found()
    return as_json(collection_rows(here.instance, [row])[0])


def list_exclusions(here: RadarrServer, _: Call) -> Answer:
    """`GET /exclusions`."""
    return as_json([exclusion_row(row) for row in here.instance.exclusions.values()])
