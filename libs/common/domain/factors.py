"""The seven scoring factors: names, default weights, and which sources they need (domain.md 2.1)."""

from dataclasses import dataclass

from libs.common.domain.enums import WATCH_SOURCE_TYPES, FactorKey, IntegrationType, MediaType

_SERIES = frozenset({MediaType.SHOW, MediaType.SEASON})


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor. `needs_any` empty: needs no source. `applies_to` None: every media type."""

    key: FactorKey
    name: str
    description: str
    default_weight: int
    camel: str
    short: str
    needs_any: frozenset[IntegrationType] = frozenset()
    applies_to: frozenset[MediaType] | None = None
    needs_evidence: bool = False


FACTORS: tuple[Factor, ...] = (
    Factor(
        FactorKey.WATCH_HISTORY,
        "Watch History",
        "Number of times the media has been watched",
        10,
        "watchHistory",
        "watchHistory",
        WATCH_SOURCE_TYPES,
        needs_evidence=True,
    ),
    Factor(
        FactorKey.LAST_WATCHED,
        "Last Played",
        "Days since anybody last played it",
        8,
        "lastWatched",
        "lastWatched",
        WATCH_SOURCE_TYPES,
        needs_evidence=True,
    ),
    Factor(FactorKey.FILE_SIZE, "File Size", "Total size of media files", 6, "fileSize", "size"),
    Factor(FactorKey.RATING, "Rating", "How well the audience likes it", 5, "rating", "rating"),
    Factor(
        FactorKey.TIME_IN_LIBRARY,
        "Time in Library",
        "Days since its files arrived",
        4,
        "timeInLibrary",
        "age",
    ),
    Factor(
        FactorKey.SERIES_STATUS,
        "Show Status",
        "Whether a show has ended or still airs",
        3,
        "seriesStatus",
        "seriesStatus",
        applies_to=_SERIES,
    ),
    Factor(
        FactorKey.REQUEST_POPULARITY,
        "Request Popularity",
        "Whether somebody asked for it, and has seen it since",
        2,
        "requestPopularity",
        "popularity",
        frozenset({IntegrationType.SEERR}),
    ),
)
"""In evaluation and display order. `camel` is the name inside `scoreDetails`, `short` the one in the preview's map."""

DEFAULT_WEIGHTS: dict[FactorKey, int] = {factor.key: factor.default_weight for factor in FACTORS}
