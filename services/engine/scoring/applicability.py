"""Which factors take part, and for which items (domain.md 2.2): a factor left out counts neither way."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from libs.common.domain.enums import FactorKey, IntegrationType, MediaType
from libs.common.domain.factors import FACTORS, Factor

if TYPE_CHECKING:
    import polars as pl

CONNECTION_ERROR = "connection error"
NO_DATA = "no enrichment data"


@dataclass(frozen=True, slots=True)
class Sources:
    """What is connected. `broken` types have no working integration left; a type without one is in neither set."""

    enabled: Collection[IntegrationType] = frozenset()
    broken: Collection[IntegrationType] = frozenset()


@dataclass(frozen=True, slots=True)
class Applicability:
    """`configured`: the factor has what it needs, in principle. `skipped`: it has, but not now, and why."""

    configured: frozenset[FactorKey]
    skipped: Mapping[FactorKey, str] = field(default_factory=dict)

    def takes_part(self, key: FactorKey) -> bool:
        """Whether any item may be scored by it."""
        return key in self.configured and (key not in self.skipped or _keeps_old_facts(key))


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


def _keeps_old_facts(key: FactorKey) -> bool:
    """A failed watch source's last complete snapshot keeps counting; a request factor without its source does not."""
    return next(factor.needs_evidence for factor in FACTORS if factor.key is key)
