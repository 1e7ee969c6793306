"""Which factors can take part, by what is connected and works."""

import pytest

from libs.common.domain.enums import FactorKey, IntegrationType
from services.api.factor_weights.listing import listed


@pytest.mark.parametrize(
    ("broken", "key", "available", "error"),
    [
        pytest.param({}, "request_popularity", False, None, id="nothing connected"),
        pytest.param({"seerr": False}, "request_popularity", True, None, id="works"),
        pytest.param({"seerr": True}, "request_popularity", True, True, id="the one it needs fails"),
        pytest.param({"plex": True, "tracearr": False}, "watch_history", True, None, id="one of two works"),
        pytest.param({"plex": True, "tracearr": True}, "last_watched", True, True, id="all fail"),
        pytest.param({"seerr": False}, "last_watched", False, None, id="something else is connected"),
        pytest.param({"sonarr": True}, "series_status", True, None, id="needs no source"),
    ],
)
def test_factor_says_whether_it_can_take_part(
    broken: dict[str, bool], key: str, available: bool, error: bool | None
) -> None:
    by_type = {IntegrationType(name): fails for name, fails in broken.items()}

    (factor,) = [factor for factor in listed({}, by_type) if factor.key == key]

    assert (factor.available, factor.integration_error) == (available, error)


def test_weight_that_is_not_stored_is_the_default() -> None:
    shown = {factor.key: factor.weight for factor in listed({FactorKey.RATING: 0}, {})}

    assert (shown[FactorKey.RATING], shown[FactorKey.FILE_SIZE]) == (0, 6)
