"""An outage of Postgres must look like one, whatever the driver calls it: a loop that does not know it would end."""

import inspect

import asyncpg
import pytest

from libs.common.db.driver import DRIVER_ERRORS

_OURS = {"ClientConfigurationError", "UnsupportedClientFeatureError", "TargetServerAttributeNotMatched"}
"""Mistakes in an address, which no waiting heals; most of them are InterfaceErrors all the same."""

ERRORS = [
    found
    for name, found in inspect.getmembers(asyncpg.exceptions, inspect.isclass)
    if issubclass(found, Exception) and not issubclass(found, Warning) and name not in _OURS
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_of_the_driver_is_known_as_an_outage(error: type[Exception]) -> None:
    assert issubclass(error, DRIVER_ERRORS)
