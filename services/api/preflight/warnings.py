"""What a person should know before an integration deletes by itself, in plain sentences. Pure."""

from collections.abc import Iterable

from services.api.preflight.wire import Preflight

NO_BIN = "no recycle bin: what is deleted cannot be brought back"
BIN_UNKNOWN = "not read yet: whether what is deleted could be brought back is not known"


def about_bin(path: str | None, cleanup_days: int | None) -> str:
    """`path` None: not known; empty: there is none. With a bin the other question is when the space comes back."""
    if path is None:
        return BIN_UNKNOWN
    if not path:
        return NO_BIN
    until = {None: "they are removed from it", 0: "somebody empties it"}.get(
        cleanup_days, f"it is emptied after {cleanup_days} days"
    )
    return f"deleted files go to the recycle bin {path} and take up space until {until}"


def about_folder(path: str) -> str:
    """A root folder that is not there."""
    return f"the root folder {path} cannot be reached: nothing below it is deleted"


def warnings(preflight: Preflight) -> Iterable[str]:
    """Every reason to think twice, the gravest first."""
    for problem in preflight.problems:
        if problem.blocks_deletions:
            yield f"nothing is deleted while it reports: {problem.message}"
    if not preflight.root_folders:
        yield "it has no root folder: nothing can be deleted"
    yield from (about_folder(folder.path) for folder in preflight.root_folders if not folder.accessible)
    found = preflight.recycle_bin
    yield about_bin("", None) if found is None else about_bin(found.path, found.cleanup_days)
    unmonitor = preflight.unmonitor
    if unmonitor.supported and not unmonitor.enabled and unmonitor.by_upstream is not True:
        yield "seasons are not unmonitored before their files go: they may be fetched again"
    if not preflight.add_import_exclusion:
        yield "no import exclusion: an import list may bring deleted items back"
