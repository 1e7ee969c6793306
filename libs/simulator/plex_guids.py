"""The names that Plex gives to what it holds, and that Tautulli repeats."""

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle


def title_guid(title: ServerTitle) -> str:
    """The name of a movie or show, the same in every library that has it."""
    if not title.has_ids:
        return f"local://{title.native}"
    if title.kind is TitleKind.MOVIE:
        return f"plex://movie/{title.tmdb_id:024x}"
    return f"plex://show/{title.tvdb_id or title.tmdb_id:024x}"


def season_guid(show: ServerTitle, season: int) -> str:
    """The name of a season."""
    if not show.has_ids:
        return f"local://{show.native}/{season}"
    return f"plex://season/{(show.tvdb_id or show.tmdb_id) * 1_000 + season:024x}"


def episode_guid(show: ServerTitle, season: int, episode: int) -> str:
    """The name of an episode."""
    if not show.has_ids:
        return f"local://{show.native}/{season}/{episode}"
    return f"plex://episode/{((show.tvdb_id or show.tmdb_id) * 1_000 + season) * 10_000 + episode:024x}"
