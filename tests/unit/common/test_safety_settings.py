"""S-28: whatever is stored for a safety setting, what counts is that or its safe value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import CheckConstraint, DefaultClause

from libs.common.db import models as m
from libs.common.domain.safety import NUMBERS, SWITCHES, SafetySettings
from services.api.preferences.wire import SafetyGroup

ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()))
STORED = st.dictionaries(st.sampled_from([*NUMBERS, *SWITCHES, "deletions_enabled"]), ANYTHING)


@given(stored=STORED)
def test_S28_absent_or_invalid_settings_are_safe(stored: dict[str, Any]) -> None:
    settings = SafetySettings.of(stored)

    for name, bounds in NUMBERS.items():
        value, given = getattr(settings, name), stored.get(name)
        assert bounds.low <= value <= bounds.high
        assert value in (given, bounds.safe)
        assert type(value) is int
    for name, safe in SWITCHES.items():
        assert getattr(settings, name) is (stored[name] if isinstance(stored.get(name), bool) else safe)
    assert settings.deletions_enabled is (stored.get("deletions_enabled") is True)


@pytest.mark.parametrize("name", NUMBERS)
def test_every_value_within_the_bounds_counts_as_it_is(name: str) -> None:
    bounds = NUMBERS[name]

    assert [bounds.admit(value) for value in (bounds.low, bounds.high)] == [bounds.low, bounds.high]
    assert [bounds.admit(value) for value in (bounds.low - 1, bounds.high + 1, True, 1.5)] == [bounds.safe] * 4


@pytest.mark.parametrize("name", NUMBERS)
def test_api_and_database_have_the_same_defaults_and_the_api_the_same_bounds(name: str) -> None:
    bounds, field = NUMBERS[name], SafetyGroup.model_fields[name]

    schema = SafetyGroup.model_json_schema()["properties"][field.alias or name]
    assert (schema["minimum"], schema["maximum"]) == (bounds.low, bounds.high)
    assert field.default == bounds.safe
    assert _stored_default(name) == str(bounds.safe)


@pytest.mark.parametrize("name", SWITCHES)
def test_switches_have_one_default(name: str) -> None:
    assert SafetyGroup.model_fields[name].default is SWITCHES[name]
    assert _stored_default(name) == str(SWITCHES[name]).lower()


def test_every_safety_setting_of_the_api_is_among_them() -> None:
    assert set(SafetyGroup.model_fields) == {*NUMBERS, *SWITCHES}


def test_database_refuses_what_lies_out_of_bounds() -> None:
    table = m.Base.metadata.tables[m.Preferences.__tablename__]
    checks = " ".join(str(check.sqltext) for check in table.constraints if isinstance(check, CheckConstraint))

    assert [name for name in NUMBERS if name not in checks] == []


def _stored_default(name: str) -> str:
    default = m.Preferences.__table__.columns[name].server_default
    assert isinstance(default, DefaultClause)
    return str(default.arg)
