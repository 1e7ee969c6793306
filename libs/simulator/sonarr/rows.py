"""Sonarr's rows: series with their season statistics, episode files, episodes."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from libs.simulator.arr.rows import clean_title, images, language, quality, slug, sort_title, without
from libs.simulator.library import EpisodeFile, Season, Show
from libs.simulator.world import Instance

_WEEK = timedelta(days=7)
_ARTWORK = "https://artworks.thetvdb.com/banners/posters/"
_EPISODES_PER_SHOW, _EPISODES_PER_SEASON = 100_000, 1_000


def series_row(instance: Instance, show: Show) -> dict[str, Any]:
    """One series as the library lists it. Fields without a value are left out."""
    numbered = [season for season in show.seasons if season.number]
    row: dict[str, Any] = {
        "id": show.id,
        "title": show.title,
        "alternateTitles": [{"title": title, "seasonNumber": -1} for title in show.also_known_as],
        "sortTitle": sort_title(show.title),
        "status": show.status,
        "ended": show.status in {"ended", "deleted"},
        "overview": f"The story of {show.title}.",
        "network": show.network,
        "airTime": "20:00",
        "images": images(instance, show.id, f"{_ARTWORK}{show.tvdb_id}", local=True),
        "originalLanguage": language(show.language_id),
        "seasons": [_season_row(season) for season in show.seasons],
        "year": show.year,
        "path": show.path,
        "qualityProfileId": show.profile_id,
        "seasonFolder": True,
        "monitored": show.monitored,
        "monitorNewItems": show.monitor_new_items,
        "useSceneNumbering": False,
        "runtime": show.runtime,
        "tvdbId": show.tvdb_id,
        "tvRageId": 0,
        "tvMazeId": 0,
        "tmdbId": show.tmdb_id,
        "seriesType": "standard",
        "cleanTitle": clean_title(show.title),
        "imdbId": show.imdb_id,
        "titleSlug": slug(show.title),
        "rootFolderPath": show.root,
        "certification": show.certification,
        "genres": show.genres,
        "tags": show.tags,
        "added": show.added_at,
        "ratings": {"votes": 0, "value": 0.0} if show.rating is None else {"votes": 1200, "value": show.rating},
        "statistics": {"seasonCount": len(numbered), **_statistics(show.seasons)},
        "languageProfileId": 1,
    }
    if numbered:
        row["firstAired"] = numbered[0].first_air
        row["lastAired"] = _last_air(numbered[-1])
    return without(row, show.omit)


def _season_row(season: Season) -> dict[str, Any]:
    statistics = _statistics([season])
    if season.aired:
        statistics["previousAiring"] = _last_air(season)
    if season.aired < season.episodes:
        statistics["nextAiring"] = _last_air(season) + _WEEK
    return {"seasonNumber": season.number, "monitored": season.monitored, "statistics": statistics}


def _statistics(seasons: Iterable[Season]) -> dict[str, Any]:
    with_file = wanted = total = files = size_bytes = 0
    for season in seasons:
        held = {number for file in season.files for number in range(file.first, file.last + 1)}
        monitored = {number for number in range(1, season.aired + 1) if number not in season.unmonitored}
        files += len(season.files)
        with_file += len(held)
        wanted += len(held | monitored)
        total += season.episodes
        size_bytes += season.size_bytes
    return {
        "episodeFileCount": files,
        "episodeCount": wanted,
        "totalEpisodeCount": total,
        "sizeOnDisk": size_bytes,
        "releaseGroups": ["GRP"] if files else [],
        "percentOfEpisodes": 100.0 * with_file / wanted if wanted else 0.0,
    }


def _last_air(season: Season) -> Any:
    return season.first_air + _WEEK * max(0, season.aired - 1)


def file_row(show: Show, season: Season, file: EpisodeFile) -> dict[str, Any]:
    """One episode file."""
    code = f"S{season.number:02d}E{file.first:02d}"
    if file.last > file.first:
        code += f"-E{file.last:02d}"
    relative = f"Season {season.number:02d}/{show.title} - {code}.mkv"
    return {
        "id": file.id,
        "seriesId": show.id,
        "seasonNumber": season.number,
        "relativePath": relative,
        "path": f"{show.path}/{relative}",
        "size": file.size_bytes,
        "dateAdded": file.added_at,
        "sceneName": f"{show.title.replace(' ', '.')}.{code}",
        "releaseGroup": "GRP",
        "languages": [language(show.language_id)],
        "quality": quality(show.quality),
        "customFormats": [],
        "customFormatScore": 0,
        "indexerFlags": 0,
        "releaseType": "singleEpisode" if file.first == file.last else "multiEpisode",
        "mediaInfo": {"audioChannels": 5.1, "audioCodec": "DTS", "runTime": "44:02", "videoCodec": "x264"},
        "qualityCutoffNotMet": False,
    }


def episode_id(show: Show, season: int, number: int) -> int:
    """An episode's id follows from its place, so that a large library need not hold its episodes."""
    return show.id * _EPISODES_PER_SHOW + season * _EPISODES_PER_SEASON + number


def episode_place(number: int) -> tuple[int, int, int]:
    """Series id, season number and episode number behind an episode's id."""
    show_id, rest = divmod(number, _EPISODES_PER_SHOW)
    return show_id, *divmod(rest, _EPISODES_PER_SEASON)


def episode_rows(show: Show, seasons: Iterable[Season]) -> Iterator[dict[str, Any]]:
    """Every episode of these seasons, aired or not."""
    for season in seasons:
        files = {number: file.id for file in season.files for number in range(file.first, file.last + 1)}
        for number in range(1, season.episodes + 1):
            yield episode_row(show, season, number, files.get(number, 0))


def episode_row(show: Show, season: Season, number: int, file_id: int) -> dict[str, Any]:
    """One episode; `file_id` 0 means that it has no file."""
    airs = season.first_air + _WEEK * (number - 1)
    return {
        "id": episode_id(show, season.number, number),
        "seriesId": show.id,
        "tvdbId": 0,
        "episodeFileId": file_id,
        "seasonNumber": season.number,
        "episodeNumber": number,
        "title": f"Episode {number}",
        "airDate": f"{airs:%Y-%m-%d}",
        "airDateUtc": airs,
        "runtime": show.runtime,
        "overview": "",
        "hasFile": file_id > 0,
        "monitored": number not in season.unmonitored,
        "unverifiedSceneNumbering": False,
    }
