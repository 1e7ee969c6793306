"""How a Radarr deletes: movies, files, exclusions. Its exclusion flag has another name than Sonarr's."""

from libs.simulator.arr.server import require_root
from libs.simulator.calls import Answer, Call, Refusal, as_json, broken, not_found
from libs.simulator.changes import Effect, delete_movie, delete_movie_file, exclude, exclusion_effect
from libs.simulator.library import Movie
from libs.simulator.radarr.rows import exclusion_row
from libs.simulator.radarr.server import RadarrServer

_EXCLUSION = "addImportExclusion"


def remove_movie(here: RadarrServer, call: Call) -> Answer:
    """`DELETE /movie/{id}`."""
    movie = here.movie(call.params["id"])
    with_files, excluded = call.flag("deleteFiles"), call.flag(_EXCLUSION)
    return as_json({}, effects=_remove(here, movie, with_files=with_files, excluded=excluded))


def remove_many_movies(here: RadarrServer, call: Call) -> Answer:
    """`DELETE /movie/editor`: all of them or, when an id is unknown, none."""
    ids = call.ids("movieIds")
    movies = [here.instance.movies[number] for number in ids if number in here.instance.movies]
    if len(movies) != len(ids):
        raise Refusal(500, broken(f"Expected query to return {len(ids)} rows but returned {len(movies)}"))
    with_files, excluded = bool(call.fields().get("deleteFiles")), bool(call.fields().get(_EXCLUSION))
    for movie in movies if with_files else []:
        require_root(here.instance, movie)
    effects: list[Effect] = []
    for movie in movies:
        effects += _remove(here, movie, with_files=with_files, excluded=excluded)
    return as_json({}, effects=effects)


def _remove(here: RadarrServer, movie: Movie, *, with_files: bool, excluded: bool) -> list[Effect]:
    if with_files:
        require_root(here.instance, movie)
    effects = [delete_movie(here.world, here.instance, movie, with_files=with_files)]
    if excluded:
        effects += exclude(here.instance, movie.tmdb_id, movie.title, movie.year)
    return effects


def remove_file(here: RadarrServer, call: Call) -> Answer:
    """`DELETE /moviefile/{id}`."""
    found = here.with_files([call.params["id"]])
    if not found:
        raise not_found()
    require_root(here.instance, found[0])
    return as_json({}, effects=[delete_movie_file(here.world, here.instance, found[0])])


def remove_files(here: RadarrServer, call: Call) -> Answer:
    """`DELETE /moviefile/bulk`. The first file names the movie, so an empty list breaks the server."""
    ids = call.ids("movieFileIds")
    if not ids:
        raise Refusal(500, broken("Sequence contains no elements"))
    found = here.with_files(ids)
    if len(found) != len(set(ids)):
        raise Refusal(500, broken(f"Expected query to return {len(set(ids))} rows but returned {len(found)}"))
    require_root(here.instance, found[0])
    reached = found if call.file_limit is None else found[: call.file_limit]
    effects = [delete_movie_file(here.world, here.instance, movie) for movie in reached]
    if len(reached) < len(found):
        raise Refusal(500, broken("Unable to delete movie file"), effects=effects)
    return as_json({}, effects=effects)


def add_exclusion(here: RadarrServer, call: Call) -> Answer:
    """`POST /exclusions`."""
    fields = call.fields()
    tmdb_id, title = fields.get("tmdbId"), fields.get("movieTitle", "")
    if not isinstance(tmdb_id, int) or tmdb_id < 1 or not title:
        raise Refusal(400, [{"propertyName": "TmdbId", "errorMessage": "must be set", "severity": "error"}])
    effects = exclude(here.instance, tmdb_id, title, fields.get("movieYear", 0))
    row = next(row for row in here.instance.exclusions.values() if row.outside_id == tmdb_id)
    return as_json(exclusion_row(row), 201, effects=effects)


def remove_exclusion(here: RadarrServer, call: Call) -> Answer:
    """`DELETE /exclusions/{id}`."""
    row = here.instance.exclusions.pop(call.params["id"], None)
    if row is None:
        raise not_found()
    return as_json({}, effects=[exclusion_effect("exclusion_removed", row)])
