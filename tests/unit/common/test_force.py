"""What a person overrode is told by the fingerprint, and by nothing that only looks like it."""

from typing import Any

import pytest

from libs.common.deletions.force import Override, forced, with_force

FACTS = {"title": "Serenity"}


def test_what_was_overridden_comes_back() -> None:
    told = with_force(FACTS, {Override.SNOOZE, Override.PROTECTION})

    assert told == {"title": "Serenity", "forced": ["protection", "snooze"]}
    assert forced(told) == {Override.SNOOZE, Override.PROTECTION}
    assert with_force(FACTS, ()) == FACTS


@pytest.mark.parametrize(
    "fingerprint",
    [
        None,
        FACTS,
        {"forced": True},
        {"forced": "protection"},
        {"forced": {"protection": True}},
        {"forced": ["everything", None, 1]},
    ],
)
def test_S28_what_is_no_list_of_known_words_overrides_nothing(fingerprint: dict[str, Any] | None) -> None:
    assert forced(fingerprint) == frozenset()
