"""How a Sonarr changes what it watches for: season pass, series, episodes, and the editor."""

from typing import Any

import msgspec

from libs.simulator.arr.tags import apply_tags
from libs.simulator.calls import Answer, Call, Refusal, as_json, not_found, problem
from libs.simulator.changes import Effect, set_monitored, set_season_monitored, set_tags
from libs.simulator.library import Season, Show
from libs.simulator.sonarr.reads import episode_at
from libs.simulator.sonarr.rows import episode_place, series_row
from libs.simulator.sonarr.server import SonarrServer


def season_pass(here: SonarrServer, call: Call) -> Answer:
    """`POST /seasonpass`: flips the seasons listed and no others, unless `monitoringOptions` rewrites them all."""
    effects: list[Effect] = []
    entries = _objects(call.fields(), "series")
    shows = [here.show(entry.get("id", 0)) for entry in entries]
    for show, entry in zip(shows, entries, strict=True):
        if isinstance(entry.get("monitored"), bool):
            effects += set_monitored(show, monitored=entry["monitored"])
        effects += _apply_seasons(show, entry)
        options = call.fields().get("monitoringOptions")
        if options:
            effects += _rewrite(show, options.get("monitor", "unknown"))
    return as_json({}, 202, effects=effects)


def update_series(here: SonarrServer, call: Call) -> Answer:
    """`PUT /series/{id}`: what the body names replaces what stands; the answer is the series as it is now."""
    show = here.show(call.params["id"])
    fields = call.fields()
    tags = call.ids("tags")
    effects = _apply_seasons(show, fields)
    if isinstance(fields.get("monitored"), bool):
        effects += set_monitored(show, monitored=fields["monitored"])
    if fields.get("tags") is not None:
        effects += set_tags(here.instance, show, tags)
    _apply_settings(show, fields)
    return _rows_of(here, [show], effects, single=True)


def edit_series(here: SonarrServer, call: Call) -> Answer:
    """`PUT /series/editor`: every field left out stays as it is."""
    shows = [here.show(number) for number in call.ids("seriesIds")]
    effects: list[Effect] = []
    for show in shows:
        effects += apply_tags(here.instance, show, call)
        if isinstance(call.fields().get("monitored"), bool):
            effects += set_monitored(show, monitored=call.fields()["monitored"])
        _apply_settings(show, call.fields())
    return _rows_of(here, shows, effects, single=False)


def monitor_episodes(here: SonarrServer, call: Call) -> Answer:
    """`PUT /episode/monitor`: single episodes; their season's own flag stays."""
    wanted = call.fields().get("monitored")
    if not isinstance(wanted, bool):
        raise Refusal(400, problem({"monitored": ["The value is not valid."]}))
    numbers = call.ids("episodeIds")
    for number in numbers:
        episode_at(here, number)
    effects = [_monitor_episode(here, number, monitored=wanted) for number in numbers]
    return as_json([episode_at(here, number) for number in numbers], 202, effects=effects)


def _monitor_episode(here: SonarrServer, number: int, *, monitored: bool) -> Effect:
    show_id, season_number, episode = episode_place(number)
    show = here.show(show_id)
    season = show.season(season_number)
    if season is None:
        raise not_found()
    season.unmonitored = season.unmonitored - {episode} if monitored else season.unmonitored | {episode}
    show.revision += 1
    detail = f"episode {episode} {'monitored' if monitored else 'unmonitored'}"
    return Effect(kind="monitor_changed", id=show.id, title=show.title, season=season_number, detail=detail)


def _apply_seasons(show: Show, entry: dict[str, Any]) -> list[Effect]:
    effects: list[Effect] = []
    for row in _objects(entry, "seasons"):
        effects += set_season_monitored(show, row.get("seasonNumber", -1), monitored=bool(row.get("monitored")))
    return effects


def _rewrite(show: Show, monitor: str) -> list[Effect]:
    """What the add-series dialogue's choices do to every season; choices we do not know change nothing."""
    numbered = [season for season in show.seasons if season.number]
    chosen = {
        "all": {season.number for season in numbered},
        "none": set[int](),
        "existing": {season.number for season in numbered if season.files},
        "missing": {season.number for season in numbered if _is_missing(season)},
        "future": {season.number for season in numbered if season.aired < season.episodes},
        "firstSeason": {season.number for season in numbered[:1]},
        "lastSeason": {season.number for season in numbered[-1:]},
    }.get(monitor)
    if chosen is None:
        return []
    effects: list[Effect] = []
    for season in show.seasons:
        effects += set_season_monitored(show, season.number, monitored=season.number in chosen)
    return effects


def _is_missing(season: Season) -> bool:
    return len(season.files) < season.aired


def _apply_settings(show: Show, fields: dict[str, Any]) -> None:
    show.profile_id = fields.get("qualityProfileId") or show.profile_id
    show.monitor_new_items = fields.get("monitorNewItems") or show.monitor_new_items
    show.revision += 1


def _rows_of(here: SonarrServer, shows: list[Show], effects: list[Effect], *, single: bool) -> Answer:
    rows = [series_row(here.instance, show) for show in shows]
    return Answer(status=202, body=msgspec.json.encode(rows[0] if single else rows), effects=effects)


def _objects(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = fields.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal(400, problem({name: ["The JSON value could not be converted."]}))
    return rows
