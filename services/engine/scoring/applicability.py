"""Which factors take part, and for which items (domain.md 2.2): a factor left out counts neither way."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from libs.common.domain.enums import FactorKey, IntegrationType, MediaType
from libs.common.domain.factors import FACTORS, Factor

if TYPE_CHECKING:
    import polars as pl

CONNECTION_ERROR = "connection error"


@dataclass(frozen=True, slots=True)
class Sources:
    """What is connected. `broken` types have no working integration left; a type without one is in neither set."""

    enabled: Collection[IntegrationType] = frozenset()
    broken: Collection[IntegrationType] = frozenset()


@dataclass(frozen=True, slots=True)
class Applicability:
    """`configured`: the factor has what it needs, in principle. `skipped`: none of it works now, and why.

    An outage changes no score, or it could push an item into a selection (S-06): what a source told last keeps
    counting. `skipped` only says why an item that nothing was ever told about goes without the factor.
    """

    configured: frozenset[FactorKey]
    skipped: Mapping[FactorKey, str] = field(default_factory=dict)


def applicability(sources: Sources) -> Applicability:
    """Decide for the whole library. A factor that needs no source is always in."""
    configured, skipped = set(), {}
    for factor in FACTORS:
        needed = factor.needs_any & set(sources.enabled)
        if factor.needs_any and not needed:
            continue
        configured.add(factor.key)
        if factor.needs_any and needed <= set(sources.broken):
            skipped[factor.key] = CONNECTION_ERROR
    return Applicability(frozenset(configured), skipped)


def applies(factor: Factor) -> "pl.Expr":
    """Whether an item is of a kind that the factor is about."""
    import polars as pl

    kind = pl.col("media_type")
    if factor.applies_to is not None:
        return kind.is_in([media_type.value for media_type in factor.applies_to])
    if factor.needs_evidence:
        # artists and books have no plays unless a watch source has recognised them
        return ~kind.is_in([MediaType.ARTIST.value, MediaType.BOOK.value]) | pl.col("watch_matched")
    return pl.lit(value=True)
