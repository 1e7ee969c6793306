"""How a Radarr changes what it keeps an eye on: movies, the editor, collections."""

from typing import Any

from libs.simulator.arr.tags import apply_tags
from libs.simulator.calls import Answer, Call, as_json, not_found
from libs.simulator.changes import Effect, set_monitored, set_tags
from libs.simulator.library import Movie
from libs.simulator.radarr.rows import collection_rows, movie_row
from libs.simulator.radarr.server import RadarrServer


def update_movie(here: RadarrServer, call: Call) -> Answer:
    """`PUT /movie/{id}`: what the body names replaces what stands; the answer is the movie as it is now."""
    movie = here.movie(call.params["id"])
    fields, tags = call.fields(), call.ids("tags")
    effects = _apply(movie, fields)
    if fields.get("tags") is not None:
        effects += set_tags(here.instance, movie, tags)
    return as_json(movie_row(here.instance, movie, local_covers=True), 202, effects=effects)


def edit_movies(here: RadarrServer, call: Call) -> Answer:
    """`PUT /movie/editor`: every field left out stays as it is."""
    movies = [here.movie(number) for number in call.ids("movieIds")]
    effects: list[Effect] = []
    for movie in movies:
        effects += apply_tags(here.instance, movie, call)
        effects += _apply(movie, call.fields())
    rows = [movie_row(here.instance, movie, local_covers=True) for movie in movies]
    return as_json(rows, 202, effects=effects)


def update_collection(here: RadarrServer, call: Call) -> Answer:
    """`PUT /collection/{id}`: a monitored collection may bring deleted members back."""
    row = here.instance.collections.get(call.params["id"])
    if row is None:
        raise not_found()
    effects: list[Effect] = []
    wanted = call.fields().get("monitored")
    if isinstance(wanted, bool) and wanted != row.monitored:
        row.monitored = wanted
        detail = "monitored" if wanted else "unmonitored"
        effects.append(Effect(kind="collection_changed", id=row.id, title=row.title, detail=detail))
    return as_json(collection_rows(here.instance, [row])[0], 202, effects=effects)


def _apply(movie: Movie, fields: dict[str, Any]) -> list[Effect]:
    movie.profile_id = fields.get("qualityProfileId") or movie.profile_id
    movie.revision += 1
    wanted = fields.get("monitored")
    return set_monitored(movie, monitored=wanted) if isinstance(wanted, bool) else []
