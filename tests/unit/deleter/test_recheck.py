"""The last look before a deletion: what is seen then keeps an item, and nothing else deletes it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from libs.common.domain.enums import Trigger
from libs.integrations.models import HealthProblem, RootFolder
from services.deleter import recheck
from services.deleter.recheck import Sight, reasons_to_keep
from tests.unit.deleter.facts import FINGERPRINT, NOW, PATH, SETTINGS, claimed, job, safety, sight, state

YOUNG = NOW - timedelta(days=6)
BEGAN = NOW - timedelta(minutes=5)


def reasons(changed: Sight) -> list[str]:
    return [one.reason for one in reasons_to_keep(changed)]


def test_item_as_it_was_decided_on_may_go() -> None:
    assert reasons_to_keep(sight()) == []


def test_S26_same_id_with_another_title_is_another_item() -> None:
    assert reasons(sight(state=state(title="Other"))) == ["the id now belongs to Other"]


def test_S26_without_fingerprint_the_job_itself_tells_title_and_path() -> None:
    bare = claimed(job(fingerprint=None))

    assert reasons(sight(claimed=bare, state=state(title="Other", path="/data/media/movies/Other"))) == [
        "the id now belongs to Other",
        "it has moved to /data/media/movies/Other",
    ]


@pytest.mark.parametrize("path", [PATH, f"{PATH}/", PATH.replace("/", "\\")], ids=["same", "slash", "backslashes"])
def test_another_spelling_of_the_path_is_no_move(path: str) -> None:
    found = reasons(sight(claimed=claimed(job(fingerprint=FINGERPRINT | {"path": path}))))

    assert found == []


def test_S26_other_files_are_another_decision() -> None:
    assert reasons(sight(state=state(file_fingerprint="f2"))) == ["its files have changed since the decision"]


def test_S26_size_speaks_where_files_have_no_names() -> None:
    unnamed = claimed(job(fingerprint=FINGERPRINT | {"fileFingerprint": ""}))

    assert reasons(sight(claimed=unnamed, state=state(size_bytes=11))) == ["its size has changed since the decision"]
    assert reasons(sight(state=state(size_bytes=11))) == []


def test_S21_files_we_removed_ourselves_do_not_stop_the_next_attempt() -> None:
    begun = claimed(began_at=BEGAN)

    assert reasons(sight(claimed=begun, state=state(file_fingerprint="fewer", path="/data/media/movies"))) == [
        "its path /data/media/movies holds a root folder"
    ]


@pytest.mark.parametrize("newest_at", [BEGAN + timedelta(minutes=1), None], ids=["newer", "unknown"])
def test_file_that_came_after_we_began_does_stop_it(newest_at: Any) -> None:
    begun = claimed(job(trigger=Trigger.USER), began_at=BEGAN)

    found = reasons(sight(claimed=begun, state=state(file_fingerprint="more", newest_file_at=newest_at)))

    assert found == ["its files have changed since the decision"]


@pytest.mark.parametrize(
    ("newest_at", "reason"),
    [(YOUNG, "a file is younger than the minimum age"), (None, "the age of its files is not known")],
)
def test_S19_young_or_undated_files_keep_what_the_engine_chose(newest_at: Any, reason: str) -> None:
    young = state(newest_file_at=newest_at)

    assert reasons(sight(state=young)) == [reason]
    assert reasons(sight(state=young, claimed=claimed(job(trigger=Trigger.USER)))) == []


def test_minimum_age_of_zero_asks_for_none() -> None:
    ageless = claimed(settings=replace(SETTINGS, min_file_age_days=0))

    assert reasons(sight(state=state(newest_file_at=None), claimed=ageless)) == []


@pytest.mark.parametrize("path", ["/data/media/movies", "/data/media", "/"])
def test_S22_path_that_is_or_holds_a_root_folder_is_refused(path: str) -> None:
    bare = claimed(job(fingerprint=FINGERPRINT | {"path": path}))

    found = reasons_to_keep(sight(claimed=bare, state=state(path=path)))

    assert f"its path {path} holds a root folder" in [one.reason for one in found]
    assert not all(one.temporary for one in found)


def test_S22_path_that_holds_another_item_is_refused() -> None:
    assert reasons(sight(neighbour="Movie 2")) == [f"its path {PATH} holds Movie 2 as well"]


def test_item_without_path_is_kept() -> None:
    bare = claimed(job(fingerprint=None, path=""))

    assert "its path is not known" in reasons(sight(claimed=bare, state=state(path="")))


@pytest.mark.parametrize(
    "roots",
    [
        [RootFolder("/data/media/movies", is_accessible=False)],
        [RootFolder("/data/media", is_accessible=True), RootFolder("/data/media/movies", is_accessible=False)],
        [RootFolder("/data/media/movies", is_accessible=True), RootFolder("/data/media/movies", is_accessible=False)],
        [RootFolder("/elsewhere", is_accessible=True)],
    ],
    ids=["unreachable", "inner-unreachable", "listed-twice", "not-listed"],
)
def test_S22_item_below_an_unreachable_root_folder_waits(roots: list[RootFolder]) -> None:
    found = reasons_to_keep(sight(safety=safety(*roots)))

    assert [one.temporary for one in found] == [True]


def test_S22_upstream_that_misses_a_root_folder_waits() -> None:
    missing = HealthProblem("RootFolderCheck", "error", "Missing root folder: /data/media/movies")

    (kept,) = reasons_to_keep(sight(safety=safety(problems=(missing,))))

    assert kept.temporary
    assert "Missing root folder" in kept.reason


def test_item_the_catalogue_does_not_hold_is_kept() -> None:
    assert reasons(sight(claimed=claimed(is_known=False))) == ["the last complete read does not know it"]


def test_check_that_breaks_keeps_the_item(monkeypatch: pytest.MonkeyPatch) -> None:
    def strange(_: Sight) -> None:
        raise KeyError

    monkeypatch.setattr(recheck, "CHECKS", (strange,))

    assert reasons(sight()) == ["strange could not be checked (KeyError)"]
