"""One person behind the accounts of several systems (integrations.md 16.7)."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.enums import IntegrationType
from services.sync.enrichment.people import Account, persons

PLEX, JELLYFIN = IntegrationType.PLEX, IntegrationType.JELLYFIN
SEERR, TAUTULLI = IntegrationType.SEERR, IntegrationType.TAUTULLI


def account(source: int, kind: IntegrationType, *names: str, ids: tuple[str, ...] = (), user: str = "1") -> Account:
    return Account(source, user, kind, names, ids)


def test_shared_ids_make_one_person_of_different_names() -> None:
    found = persons([account(1, PLEX, "winnet", ids=("plex:4021",)), account(2, SEERR, "Kaylee", ids=("plex:4021",))])

    assert found == {(1, "1"): "Kaylee", (2, "1"): "Kaylee"}


def test_equal_names_make_one_person_whatever_their_case() -> None:
    assert persons([account(1, PLEX, "WASH"), account(2, JELLYFIN, "wash")]) == {(1, "1"): "WASH", (2, "1"): "WASH"}


def test_any_of_several_names_joins() -> None:
    found = persons([account(1, PLEX, "winnet", "kaylee@example.org"), account(2, JELLYFIN, "Kaylee@example.org")])

    assert set(found.values()) == {"Kaylee@example.org"}


def test_ids_and_names_join_in_chains() -> None:
    accounts = [
        account(1, PLEX, "a", ids=("plex:1",)),
        account(2, SEERR, "b", ids=("plex:1", "jellyfin:2")),
        account(3, JELLYFIN, "c", ids=("jellyfin:2",)),
        account(4, TAUTULLI, "C"),
    ]

    assert set(persons(accounts).values()) == {"b"}


def test_different_people_stay_apart() -> None:
    found = persons([account(1, PLEX, "mal", ids=("plex:1",)), account(2, PLEX, "zoe", ids=("plex:2",))])

    assert found == {(1, "1"): "mal", (2, "1"): "zoe"}


def test_equal_numbers_and_missing_names_join_nobody() -> None:
    found = persons([account(1, PLEX), account(2, SEERR), account(3, JELLYFIN, "mal")])

    assert found == {(1, "1"): "", (2, "1"): "", (3, "1"): "mal"}


def test_the_name_shown_is_the_desks_then_the_historys_then_a_servers() -> None:
    accounts = [
        account(1, PLEX, "on plex", ids=("plex:1",)),
        account(2, TAUTULLI, "in tautulli", ids=("plex:1",)),
        account(3, SEERR, "in seerr", ids=("plex:1",)),
    ]

    assert set(persons(accounts).values()) == {"in seerr"}
    assert set(persons(accounts[:2]).values()) == {"in tautulli"}
    assert set(persons(accounts[:1]).values()) == {"on plex"}


def test_a_preferred_system_without_a_name_leaves_the_name_to_the_next() -> None:
    accounts = [account(1, SEERR, ids=("plex:1",)), account(2, PLEX, "kaylee", ids=("plex:1",))]

    assert set(persons(accounts).values()) == {"kaylee"}


_KINDS = st.sampled_from([PLEX, JELLYFIN, SEERR, TAUTULLI])
_ACCOUNTS = st.lists(
    st.builds(
        Account,
        st.integers(1, 4),
        st.sampled_from("abc"),
        _KINDS,
        st.lists(st.sampled_from(["mal", "Mal", "zoe", "wash", "kaylee"]), max_size=2),
        st.lists(st.sampled_from(["plex:1", "plex:2", "jellyfin:1"]), max_size=2),
    ),
    unique_by=lambda each: (each.integration_id, each.user_id),
)


@given(_ACCOUNTS, st.randoms())
def test_the_order_and_the_numbers_of_integrations_change_nothing(accounts: list[Account], chance: Random) -> None:
    renumbered = {1: 4, 2: 1, 3: 3, 4: 2}
    moved = [Account(renumbered[a.integration_id], a.user_id, a.type, a.names, a.ids) for a in accounts]
    chance.shuffle(moved)

    found, after = persons(accounts), persons(moved)

    assert after == {(renumbered[source], user): name for (source, user), name in found.items()}


@given(_ACCOUNTS)
def test_accounts_that_share_an_id_or_a_name_show_one_name(accounts: list[Account]) -> None:
    found = persons(accounts)

    for one in accounts:
        for other in accounts:
            shares = set(one.ids) & set(other.ids) or (
                {name.casefold() for name in one.names} & {name.casefold() for name in other.names}
            )
            if shares:
                assert found[one.integration_id, one.user_id] == found[other.integration_id, other.user_id]
