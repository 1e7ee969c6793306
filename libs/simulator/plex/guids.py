"""What the agents of a Plex say about a title: its guid, in the old or the new way, and its outside ids."""

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle
from libs.simulator.plex.shelf import Leaf
from libs.simulator.plex_guids import episode_guid, season_guid, title_guid

_LEGACY = "com.plexapp.agents"
_AGENTS = {TitleKind.MOVIE: "tv.plex.agents.movie", TitleKind.TV: "tv.plex.agents.series"}
_LEGACY_AGENTS = {TitleKind.MOVIE: f"{_LEGACY}.themoviedb", TitleKind.TV: f"{_LEGACY}.thetvdb"}


def agent_of(kind: TitleKind, *, legacy: bool) -> str:
    """The agent of a section."""
    return (_LEGACY_AGENTS if legacy else _AGENTS)[kind]


def guid_of(title: ServerTitle, *, legacy: bool) -> str:
    """The guid of a movie or show; copies of one title share it. Without ids it is local."""
    if not legacy or not title.has_ids:
        return title_guid(title)
    number = title.tvdb_id if title.kind is TitleKind.TV else title.tmdb_id
    return f"{_LEGACY_AGENTS[title.kind]}://{number}?lang=en"


def leaf_guid(leaf: Leaf, *, legacy: bool) -> str:
    """The guid of a season or episode."""
    show, season = leaf.title, leaf.season.number
    if legacy and show.has_ids:
        place = f"{season}/{leaf.number}" if leaf.number else f"{season}"
        return f"{_LEGACY_AGENTS[TitleKind.TV]}://{show.tvdb_id}/{place}?lang=en"
    return episode_guid(show, season, leaf.number) if leaf.number else season_guid(show, season)


def outside_ids(title: ServerTitle) -> list[dict[str, str]]:
    """The `Guid` list of a movie or show."""
    if not title.has_ids:
        return []
    named = (("imdb", title.imdb_id), ("tmdb", title.tmdb_id), ("tvdb", title.tvdb_id))
    return [{"id": f"{scheme}://{value}"} for scheme, value in named if value]


def leaf_ids(leaf: Leaf) -> list[dict[str, str]]:
    """An episode's own ids, which are in no way those of its show."""
    if not leaf.title.has_ids:
        return []
    return [{"id": f"tvdb://{leaf.title.tvdb_id}{leaf.season.number:02d}{leaf.number:03d}"}]
