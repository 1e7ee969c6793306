"""The seven factors with their weights, and whether they can take part at all (domain.md 2.7). Pure."""

from collections.abc import Mapping

from libs.common.domain.enums import FactorKey, IntegrationType
from libs.common.domain.factors import FACTORS, Factor
from services.api.factor_weights.wire import FactorWeight


def listed(weights: Mapping[FactorKey, int], broken_by_type: Mapping[IntegrationType, bool]) -> list[FactorWeight]:
    """All of them in their order. `broken_by_type` holds the enabled types only."""
    return [_listed(factor, weights, broken_by_type) for factor in FACTORS]


def _listed(
    factor: Factor, weights: Mapping[FactorKey, int], broken_by_type: Mapping[IntegrationType, bool]
) -> FactorWeight:
    connected = factor.needs_any & set(broken_by_type)
    fails = bool(connected) and all(broken_by_type[kind] for kind in connected)
    return FactorWeight(
        key=factor.key,
        name=factor.name,
        description=factor.description,
        weight=weights.get(factor.key, factor.default_weight),
        default_weight=factor.default_weight,
        integration_error=True if fails else None,
        available=not factor.needs_any or bool(connected),
    )
