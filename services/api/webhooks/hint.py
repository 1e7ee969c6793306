"""What an event says has changed. It is a hint to read, never a fact: anybody can write a payload."""

from dataclasses import dataclass

from libs.common.domain.enums import RefreshKind
from libs.common.refresh import RefreshTarget

DISKS = RefreshTarget(RefreshKind.DISKS)
EVERYTHING = RefreshTarget(RefreshKind.SOURCE)
"""For a change that names nothing that could be read alone."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Things to read again; none for an event that is of no use to us.

    `server` is the machine id of the media server it is about, where the sender tells it. `is_test`: a person tries
    the address out.
    """

    targets: tuple[RefreshTarget, ...] = ()
    server: str = ""
    is_test: bool = False


NOTHING = Hint()


def title_or_everything(native_id: str) -> RefreshTarget:
    """The title with that id; all of the source when the event does not tell a usable one."""
    return RefreshTarget(RefreshKind.ITEM, native_id) if native_id else EVERYTHING
