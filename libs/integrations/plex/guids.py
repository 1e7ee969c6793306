"""Outside ids out of Plex's guids: a list of them from new agents, one inside an address from old ones."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from libs.common.domain.enums import TitleKind
from libs.integrations.loose import imdb_id, positive

_LEGACY = re.compile(r"com\.plexapp\.agents\.(?P<agent>\w+)://(?P<rest>[^?]*)")
_HAMA = re.compile(r"(?P<source>tvdb\d*|tmdb)-(?P<number>\d+)")
"""The anime agent puts its source into the id; only these two have numbers that others use."""

_SCHEMES = {"imdb": "imdb", "themoviedb": "tmdb", "thetvdb": "tvdb"}


@dataclass(frozen=True, slots=True)
class OutsideIds:
    """Numbers at TMDb, TVDb and IMDb; placeholders are None."""

    tmdb_id: int | None = None
    tvdb_id: int | None = None
    imdb_id: str | None = None


NO_IDS = OutsideIds()


def outside_ids(guid: str, guids: Iterable[str], kind: TitleKind) -> OutsideIds:
    """The ids of a title: of the list where it names any, else of the guid itself."""
    found = NO_IDS
    for each in guids:
        scheme, _, value = each.partition("://")
        found = _together(found, _id(scheme, value, kind))
    return _legacy_ids(guid, kind) if found == NO_IDS else found


def own_guids(guid: str) -> tuple[str, ...]:
    """The guid, when it names the same title on every server."""
    return (guid,) if guid.startswith("plex://") else ()


def _legacy_ids(guid: str, kind: TitleKind) -> OutsideIds:
    match = _LEGACY.match(guid)
    if match is None:
        return NO_IDS
    agent, first = match["agent"], match["rest"].partition("/")[0]
    if agent == "hama":
        anime = _HAMA.match(first)
        return NO_IDS if anime is None else _id(anime["source"][:4], anime["number"], kind)
    if agent.startswith("xbmcnfo"):
        return _nfo_ids(first, kind)
    return _id(_SCHEMES.get(agent, ""), first, kind)


def _nfo_ids(first: str, kind: TitleKind) -> OutsideIds:
    """A bare number is TMDb's for movies; for shows nobody can tell whose it is."""
    if first.startswith("tt"):
        return _id("imdb", first, kind)
    return _id("tmdb", first, kind) if kind is TitleKind.MOVIE else NO_IDS


def _id(scheme: str, value: str, kind: TitleKind) -> OutsideIds:
    """The one id of a scheme and its value; a placeholder is none. TVDb numbers movies apart, and nobody uses that."""
    match scheme:
        case "imdb":
            return OutsideIds(imdb_id=imdb_id(value))
        case "tmdb":
            return OutsideIds(tmdb_id=positive(value))
        case "tvdb" if kind is TitleKind.TV:
            return OutsideIds(tvdb_id=positive(value))
    return NO_IDS


def _together(first: OutsideIds, second: OutsideIds) -> OutsideIds:
    return OutsideIds(
        tmdb_id=first.tmdb_id or second.tmdb_id,
        tvdb_id=first.tvdb_id or second.tvdb_id,
        imdb_id=first.imdb_id or second.imdb_id,
    )
