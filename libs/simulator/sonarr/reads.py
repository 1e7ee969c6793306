"""What a Sonarr can be asked: series, episode files, episodes, exclusions."""

from typing import Any

from libs.simulator.calls import Answer, Call, Refusal, as_json, broken, not_found
from libs.simulator.sonarr.rows import episode_place, episode_row, episode_rows, file_row
from libs.simulator.sonarr.server import SonarrServer
from libs.simulator.world import Exclusion


def list_series(here: SonarrServer, call: Call) -> Answer:
    """`GET /series`, or the one with `tvdbId`."""
    wanted = call.numbers("tvdbId")
    shows = here.instance.shows.values()
    return Answer(rows=here.cache.rows([show for show in shows if not wanted or show.tvdb_id in wanted]))


def one_series(here: SonarrServer, call: Call) -> Answer:
    """`GET /series/{id}`."""
    return Answer(body=here.cache.row(here.show(call.params["id"])))


def list_files(here: SonarrServer, call: Call) -> Answer:
    """`GET /episodefile` by `seriesId` or `episodeFileIds`; `seasonNumber` is not read, so it narrows nothing."""
    series, ids = call.numbers("seriesId"), call.numbers("episodeFileIds")
    if series:
        show = here.instance.shows.get(series[0])
        seasons = show.seasons if show else []
        return as_json([file_row(show, season, file) for season in seasons for file in season.files if show])
    if ids:
        return as_json([file_row(*found) for found in here.files(ids)])
    raise Refusal(400, broken("seriesId or episodeFileIds must be provided"))


def one_file(here: SonarrServer, call: Call) -> Answer:
    """`GET /episodefile/{id}`."""
    found = here.files([call.params["id"]])
    if not found:
        raise not_found()
    return as_json(file_row(*found[0]))


def list_episodes(here: SonarrServer, call: Call) -> Answer:
    """`GET /episode` by `seriesId`, narrowed by `seasonNumber`: this call does read it."""
    series, numbers = call.numbers("seriesId"), call.numbers("seasonNumber")
    if not series:
        raise Refusal(400, broken("seriesId or episodeIds must be provided"))
    show = here.instance.shows.get(series[0])
    if show is None:
        return as_json([])
    seasons = [season for season in show.seasons if not numbers or season.number in numbers]
    return as_json([*episode_rows(show, seasons)])


def one_episode(here: SonarrServer, call: Call) -> Answer:
    """`GET /episode/{id}`."""
    return as_json(episode_at(here, call.params["id"]))


def episode_at(here: SonarrServer, number: int) -> dict[str, Any]:
    """The row of one episode by its id; refuses with 404."""
    show_id, season_number, episode = episode_place(number)
    show = here.show(show_id)
    season = show.season(season_number)
    if season is None or not 1 <= episode <= season.episodes:
        raise not_found()
    file = next((each for each in season.files if each.first <= episode <= each.last), None)
    return episode_row(show, season, episode, file.id if file else 0)


def list_exclusions(here: SonarrServer, _: Call) -> Answer:
    """`GET /importlistexclusion`."""
    return as_json([exclusion_row(row) for row in here.instance.exclusions.values()])


def exclusion_row(row: Exclusion) -> dict[str, Any]:
    """One exclusion in Sonarr's words."""
    return {"id": row.id, "tvdbId": row.outside_id, "title": row.title}
