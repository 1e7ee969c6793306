"""The last look at an item before it is deleted: every reason to keep it. An empty list is the only leave. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from libs.common.domain.enums import Trigger
from libs.common.domain.paths import is_within, most_specific, normalise_path, path_key
from libs.integrations.models import ItemState, RootFolder, UpstreamSafety
from services.deleter.claimed import Claimed


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen right now: the item, how its upstream is doing, and who else lives in or below its folder."""

    claimed: Claimed
    state: ItemState
    safety: UpstreamSafety
    neighbour: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A reason to keep the item. `temporary`: the upstream is held and looked at again; else the job is cancelled."""

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
    """What the catalogue does not hold, no rule has ever been asked about."""
    return None if sight.claimed.is_known else Kept("the last complete read does not know it")


def _other_title(sight: Sight) -> Kept | None:
    """The same id may have been given to something else (S-26)."""
    if sight.state.title == _planned(sight, "title", sight.claimed.job.title):
        return None
    return Kept(f"the id now belongs to {sight.state.title}")


def _other_path(sight: Sight) -> Kept | None:
    planned = _planned(sight, "path", sight.claimed.job.path)
    if not planned or path_key(planned) == path_key(sight.state.path) or _has_begun(sight):
        return None
    return Kept(f"it has moved to {sight.state.path}")


def _other_files(sight: Sight) -> Kept | None:
    """Once we have begun, some may be gone; then only a file that came since is another one."""
    planned = _planned(sight, "fileFingerprint", "")
    if not planned or planned == sight.state.file_fingerprint:
        return None
    began_at, newest_at = sight.claimed.began_at, sight.state.newest_file_at
    if began_at is not None and newest_at is not None and newest_at < began_at:
        return None
    return Kept("its files have changed since the decision")


def _other_size(sight: Sight) -> Kept | None:
    """Speaks only where the files have no names to compare."""
    planned = _planned(sight, "sizeBytes", None)
    if planned is None or _planned(sight, "fileFingerprint", "") or planned == sight.state.size_bytes:
        return None
    return None if _has_begun(sight) else Kept("its size has changed since the decision")


def _young_file(sight: Sight) -> Kept | None:
    """S-19. A person's own decision goes by what the person saw, not by age; new files change the fingerprint."""
    minimum = timedelta(days=sight.claimed.settings.min_file_age_days)
    if sight.claimed.job.trigger is not Trigger.ENGINE or not minimum:
        return None
    if sight.state.newest_file_at is None:
        return Kept("the age of its files is not known")
    if sight.state.newest_file_at > sight.now - minimum:
        return Kept("a file is younger than the minimum age")
    return None


def _unsafe_path(sight: Sight) -> Kept | None:
    """S-22: a path that holds a root folder or another item would take more with it than was decided."""
    path = normalise_path(sight.state.path)
    if not path:
        return Kept("its path is not known")
    if any(is_within(folder.path, path) for folder in sight.safety.root_folders):
        return Kept(f"its path {path} holds a root folder")
    if sight.neighbour is not None:
        return Kept(f"its path {path} holds {sight.neighbour} as well")
    return None


def _unreachable_root(sight: Sight) -> Kept | None:
    """S-22: an unmounted disk looks like an empty one, and a root folder that is not listed may be unmounted."""
    root = _root_of(sight)
    if root is None:
        return Kept(f"its path {sight.state.path} lies in no root folder", temporary=True)
    if not root.is_accessible:
        return Kept(f"the root folder {root.path} cannot be reached", temporary=True)
    return None


def _ill_upstream(sight: Sight) -> Kept | None:
    problems = sight.safety.blocking
    return Kept(f"its upstream reports: {problems[0].message}", temporary=True) if problems else None


def _root_of(sight: Sight) -> RootFolder | None:
    """The innermost root folder the item lies in; of one that is listed twice, the one that cannot be reached."""
    innermost = most_specific(sight.state.path, (folder.path for folder in sight.safety.root_folders))
    found = [folder for folder in sight.safety.root_folders if folder.path == innermost]
    return min(found, key=lambda folder: folder.is_accessible, default=None)


def _planned(sight: Sight, fact: str, otherwise: Any) -> Any:
    """A fact the decision rests on; a job without fingerprint has only what its own row says."""
    return (sight.claimed.job.fingerprint or {}).get(fact, otherwise)


def _has_begun(sight: Sight) -> bool:
    return sight.claimed.began_at is not None


CHECKS: Sequence[Callable[[Sight], Kept | None]] = (
    _unknown_item,
    _other_title,
    _other_path,
    _other_files,
    _other_size,
    _young_file,
    _unsafe_path,
    _unreachable_root,
    _ill_upstream,
)
