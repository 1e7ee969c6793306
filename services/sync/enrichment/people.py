"""One person behind the accounts of several systems: joined by shared ids first, then by equal names."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from libs.common.domain.enums import IntegrationType

_PREFERENCE = (IntegrationType.SEERR, IntegrationType.TAUTULLI)
"""Whose spelling of a name is shown, if they know the person (integrations.md 16.7)."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person as one source knows them."""

    integration_id: int
    user_id: str
    type: IntegrationType
    names: Sequence[str]
    ids: Sequence[str]


def persons(accounts: Iterable[Account]) -> dict[tuple[int, str], str]:
    """The name of the person behind each account (integration id, user id). Equal names are one person.

    The same accounts give the same names, in whatever order they come and whatever their integrations are numbered.
    Empty: nobody knows a name, and the account's number means somebody else in another system.
    """
    ordered = sorted(accounts, key=lambda each: (each.integration_id, each.user_id))
    groups = _Groups(len(ordered))
    _join_equal(groups, ordered, lambda account: account.ids)
    _join_equal(groups, ordered, lambda account: [name.casefold() for name in account.names])
    members: dict[int, list[Account]] = defaultdict(list)
    for position, account in enumerate(ordered):
        members[groups.root(position)].append(account)
    return {
        (account.integration_id, account.user_id): name
        for group in members.values()
        for name in [_shown_name(group)]
        for account in group
    }


class _Groups:
    """Union-find over positions."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def root(self, position: int) -> int:
        while self._parents[position] != position:
            self._parents[position] = self._parents[self._parents[position]]
            position = self._parents[position]
        return position

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._parents[high] = low


def _join_equal(groups: _Groups, accounts: Sequence[Account], keys: Callable[[Account], Iterable[str]]) -> None:
    first: dict[str, int] = {}
    for position, account in enumerate(accounts):
        for key in keys(account):
            groups.join(position, first.setdefault(key, position))


def _shown_name(group: Sequence[Account]) -> str:
    def rank(account: Account) -> tuple[int, str, str]:
        known = account.type in _PREFERENCE
        name = next((name for name in account.names if name), "")
        return (_PREFERENCE.index(account.type) if known else len(_PREFERENCE), name.casefold(), name)

    ranked = sorted(rank(account) for account in group if any(account.names))
    return ranked[0][2] if ranked else ""
