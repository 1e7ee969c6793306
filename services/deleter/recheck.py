"""The last look at an item before it is deleted: every reason to keep it. An empty list is the only leave. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.domain.enums import Trigger
from libs.common.domain.paths import is_within, normalise_path, path_key
from libs.integrations.models import ItemState, UpstreamSafety
from services.deleter.claimed import Claimed


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen right now: the item, and how its upstream is doing."""

    claimed: Claimed
    state: ItemState
    safety: UpstreamSafety
    now: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A reason to keep the item. `temporary`: it is looked at again later; else the job is called off."""

    reason: str
    temporary: bool = False


def reasons_to_keep(sight: Sight) -> list[Kept]:
    """All of them. A check that breaks keeps the item as well."""
    kept = []
    for check in CHECKS:
        try:
            found = check(sight)
        except Exception as exc:  # noqa: BLE001  a broken check must not free an item
            found = Kept(f"{check.__name__.replace('_', ' ')} could not be checked ({type(exc).__name__})")
        if found is not None:
            kept.append(found)
    return kept


def _unknown_item(sight: Sight) -> Kept | None:
    return None if sight.claimed.is_known else Kept("the last complete read does not know it")


def _other_item(sight: Sight) -> Kept | None:
    """The same id may have been given to something else (S-26)."""
    planned = sight.claimed.job.fingerprint or {}
    title, path = planned.get("title"), planned.get("path")
    if title is not None and title != sight.state.title:
        return Kept(f"the id now belongs to {sight.state.title}")
    if path and path_key(path) != path_key(sight.state.path):
        return Kept(f"it has moved to {sight.state.path}")
    return None


def _other_files(sight: Sight) -> Kept | None:
    planned = (sight.claimed.job.fingerprint or {}).get("fileFingerprint")
    if planned and planned != sight.state.file_fingerprint:
        return Kept("its files have changed since the decision")
    return None


def _young_file(sight: Sight) -> Kept | None:
    """S-19. A person's own request goes by what the person saw, not by age."""
    if sight.claimed.job.trigger is not Trigger.ENGINE:
        return None
    if sight.state.newest_file_at is None:
        return Kept("the age of its files is not known")
    if sight.state.newest_file_at > sight.now - timedelta(days=sight.claimed.settings.min_file_age_days):
        return Kept("a file is younger than the minimum age")
    return None


def _unsafe_path(sight: Sight) -> Kept | None:
    """S-22: a path that holds a root folder or another item would take more with it than was decided."""
    path = normalise_path(sight.state.path)
    if not path:
        return Kept("its path is not known")
    if any(is_within(folder.path, path) for folder in sight.safety.root_folders):
        return Kept(f"its path {path} holds a root folder")
    if sight.claimed.shares_path:
        return Kept(f"its path {path} holds another item")
    return None


def _unreachable_root(sight: Sight) -> Kept | None:
    """S-22: an unmounted disk looks like an empty one."""
    for folder in sight.safety.root_folders:
        if folder.is_accessible is False and is_within(sight.state.path, folder.path):
            return Kept(f"the root folder {folder.path} cannot be reached", temporary=True)
    if sight.safety.blocking:
        return Kept(f"its upstream reports: {sight.safety.blocking[0].message}", temporary=True)
    return None


CHECKS: Sequence[Callable[[Sight], Kept | None]] = (
    _unknown_item,
    _other_item,
    _other_files,
    _young_file,
    _unsafe_path,
    _unreachable_root,
)
