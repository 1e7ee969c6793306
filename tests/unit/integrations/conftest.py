"""Retries without their pauses: how long they wait is tested on the rule itself."""

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield
