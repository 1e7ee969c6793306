"""Which media server a source means."""

from itertools import permutations

import pytest

from libs.common.domain.enums import IntegrationType
from services.sync.enrichment.links import CONFIRMING_TITLES, House, Mention, link

PLEX, JELLYFIN, EMBY = IntegrationType.PLEX, IntegrationType.JELLYFIN, IntegrationType.EMBY
HOME = House(1, PLEX, "home", "machine-home")
CABIN = House(2, PLEX, "cabin", "machine-cabin")
UNREAD = House(3, PLEX, "attic", None)
FIN = House(4, JELLYFIN, "fin", "jelly")


def meant(mention: Mention, *houses: House, shared: dict[tuple[int, str, int], int] | None = None) -> int | None:
    """The integration that the mention of a history is about."""
    found = link([mention], houses, shared or {})[mention.integration_id, mention.server]
    return None if found is None else found.integration_id


def history(identity: str | None = None, kind: IntegrationType | None = PLEX, name: str = "") -> Mention:
    return Mention(9, "", identity, kind, name)


def test_a_media_server_means_itself_whatever_it_says() -> None:
    assert meant(Mention(1, "", "another", JELLYFIN, "fin"), HOME, CABIN, FIN) == 1


def test_the_machine_id_decides_before_everything_else() -> None:
    shared = {(9, "", 1): 100}

    assert meant(history("machine-cabin", name="home"), HOME, CABIN, shared=shared) == 2


@pytest.mark.parametrize("houses", [(HOME,), (HOME, CABIN), (HOME, FIN)], ids=["one", "two", "another type"])
def test_another_machine_than_all_known_ones_is_nobody(houses: tuple[House, ...]) -> None:
    assert meant(history("machine-elsewhere", name="home"), *houses, shared={(9, "", 1): 100}) is None


def test_a_machine_id_that_no_read_server_has_may_be_the_unread_one() -> None:
    assert meant(history("machine-elsewhere", name="home"), HOME, UNREAD) == 3


def test_the_only_server_of_a_type_is_meant_without_a_machine_id() -> None:
    assert meant(history(), HOME, FIN) == 1
    assert meant(history(kind=EMBY), HOME, FIN) is None


def test_the_only_server_at_all_is_meant_without_a_type() -> None:
    assert meant(history(kind=None), FIN) == 4
    assert meant(history(kind=None), FIN, HOME) is None


def test_a_name_tells_two_servers_apart_whatever_its_case() -> None:
    assert meant(history(name="CABIN"), HOME, CABIN) == 2
    assert meant(history(name="other"), HOME, CABIN) is None


def test_two_servers_of_one_name_are_told_apart_by_their_titles() -> None:
    twin = House(5, PLEX, "home", "machine-twin")

    assert meant(history(name="home"), HOME, twin) is None
    assert meant(history(name="home"), HOME, twin, shared={(9, "", 5): CONFIRMING_TITLES}) == 5


@pytest.mark.parametrize(
    ("of_home", "of_cabin", "expected"),
    [(CONFIRMING_TITLES, 0, 1), (CONFIRMING_TITLES - 1, 0, None), (CONFIRMING_TITLES, 40, None)],
    ids=["enough", "one too few", "both"],
)
def test_equal_titles_under_equal_ids_confirm_a_server(of_home: int, of_cabin: int, expected: int | None) -> None:
    assert meant(history(), HOME, CABIN, shared={(9, "", 1): of_home, (9, "", 2): of_cabin}) == expected


def test_titles_of_another_server_of_the_same_source_confirm_nothing() -> None:
    assert meant(history(), HOME, CABIN, shared={(9, "other", 1): 100, (8, "", 1): 100}) is None


def test_a_source_of_two_servers_does_not_mean_the_only_configured_one_twice() -> None:
    mentions = [Mention(9, "h", None, PLEX, "home"), Mention(9, "c", None, PLEX, "cabin")]

    found = link(mentions, [HOME], {})

    assert found == {(9, "h"): HOME, (9, "c"): None}


def test_servers_of_other_types_and_of_other_sources_are_no_rivals() -> None:
    mentions = [Mention(9, "p", None, PLEX, "x"), Mention(9, "j", None, JELLYFIN, "y"), Mention(8, "p", None, PLEX, "")]

    found = link(mentions, [HOME, FIN], {})

    assert found == {(9, "p"): HOME, (9, "j"): FIN, (8, "p"): HOME}


def test_two_integrations_of_one_machine_are_one_house() -> None:
    again = House(7, PLEX, "home by another address", "machine-home")
    mentions = [
        Mention(1, "", "machine-home", PLEX, ""),
        Mention(7, "", "machine-home", PLEX, ""),
        history("machine-home"),
    ]

    found = link(mentions, [again, HOME], {})

    assert set(found.values()) == {HOME}


def test_two_servers_that_were_not_read_yet_are_two_houses() -> None:
    other = House(6, PLEX, "attic", None)

    found = link([Mention(3, "", None, PLEX, ""), Mention(6, "", None, PLEX, "")], [UNREAD, other], {})

    assert found == {(3, ""): UNREAD, (6, ""): other}


def test_the_order_of_servers_and_mentions_changes_nothing() -> None:
    mentions = [history(name="cabin"), Mention(8, "", None, PLEX, "home"), Mention(7, "", "jelly", JELLYFIN, "")]
    houses = [HOME, CABIN, FIN]

    found = [link(told, places, {}) for told in permutations(mentions) for places in permutations(houses)]

    assert all(each == {(9, ""): CABIN, (8, ""): HOME, (7, ""): FIN} for each in found)
