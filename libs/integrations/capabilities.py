"""What an upstream can be asked for. A client has a capability by having its methods; registry.py hands them out."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar, cast, runtime_checkable

from libs.common.domain.target import DeletionTarget
from libs.integrations.audience import (
    Activity,
    CollectionMember,
    PlayedItem,
    PlayReading,
    Reading,
    ServerRef,
    SourceTitle,
    SourceUser,
    TitleLabel,
    TitleRequest,
    Wish,
)
from libs.integrations.errors import MissingCapabilityError
from libs.integrations.models import (
    ConnectionFacts,
    DiskSpace,
    ItemState,
    MediaReading,
    RootFolder,
    SeriesDigest,
    TitleItems,
    UpstreamSafety,
)


@runtime_checkable
class ConnectionTest(Protocol):
    async def test(self) -> ConnectionFacts:
        """Ask once, within ten seconds, whether the right product answers and takes the key."""
        ...


@runtime_checkable
class MediaSource(Protocol):
    def media(self, known: Mapping[int, SeriesDigest] | None = None) -> MediaReading:
        """All items. `known` are the digests of the last complete reading: what they still cover is not asked again."""
        ...


@runtime_checkable
class DiskReporter(Protocol):
    async def disks(self) -> tuple[DiskSpace, ...]:
        """Every disk the upstream sees."""
        ...

    async def root_folders(self) -> tuple[RootFolder, ...]:
        """Every folder it keeps items in."""
        ...


@runtime_checkable
class Deleter(Protocol):
    """Changes take a `DeletionTarget` of this very integration and nothing else: `InvalidTargetError`, nothing sent."""

    async def item_state(self, target: DeletionTarget) -> ItemState | None:
        """The item as it is now; None only when the upstream itself says that there is nothing left to delete."""
        ...

    async def unmonitor(self, target: DeletionTarget) -> None:
        """Stop the upstream from fetching it again, and read back that it did."""
        ...

    async def delete(self, target: DeletionTarget, *, planned: ItemState, add_import_exclusion: bool) -> None:
        """Delete the files, once. `planned` is the state the deletion was decided on.

        Returns when the upstream accepted; the files may go later. Raises `UpstreamGoneError` when there was nothing
        left, `PlanOutdatedError` when there are other files, `OutcomeUnknownError` when it may have happened.
        """
        ...


@runtime_checkable
class Preflight(Protocol):
    async def safety(self) -> UpstreamSafety:
        """Recycle bin, root folders and health, as they are now."""
        ...


@runtime_checkable
class RuleValues(Protocol):
    async def quality_profiles(self) -> tuple[str, ...]:
        """Names of the quality profiles, sorted."""
        ...

    async def tags(self) -> tuple[str, ...]:
        """Labels of the tags, sorted."""
        ...

    async def languages(self) -> tuple[str, ...]:
        """Names of the real languages, sorted."""
        ...


@runtime_checkable
class Probe(Protocol):
    async def probe(self) -> None:
        """The cheapest sign of life, asked once; raises what is wrong."""
        ...


@runtime_checkable
class ServerDirectory(Protocol):
    async def servers(self) -> tuple[ServerRef, ...]:
        """The media server it is, or the ones whose plays it records."""
        ...


@runtime_checkable
class UserDirectory(Protocol):
    async def users(self) -> tuple[SourceUser, ...]:
        """Everybody it knows, also those whose plays it cannot tell."""
        ...


@runtime_checkable
class TitleLibrary(Protocol):
    def titles(self) -> Reading[SourceTitle]:
        """Every movie and show of a media server, with its outside ids."""
        ...


@runtime_checkable
class WatchSource(Protocol):
    def plays(self, since: datetime | None = None) -> PlayReading:
        """Plays of all users, all of them or those `since` a time; a source may answer with all of them anyway."""
        ...


@runtime_checkable
class WatchlistSource(Protocol):
    def wishes(self) -> Reading[Wish]:
        """Titles that somebody means to see."""
        ...


@runtime_checkable
class CollectionSource(Protocol):
    def collections(self) -> Reading[CollectionMember]:
        """Members of every collection of a media server."""
        ...


@runtime_checkable
class LabelSource(Protocol):
    def labels(self) -> Reading[TitleLabel]:
        """Labels of every title that has one."""
        ...


@runtime_checkable
class RequestSource(Protocol):
    def requests(self) -> Reading[TitleRequest]:
        """Every request, also those that do not count."""
        ...


@runtime_checkable
class ItemSource(Protocol):
    async def items(self, native_id: int) -> TitleItems:
        """One title as it is now, in the items that `media` would make of it. Gone only on the source's own word."""
        ...


@runtime_checkable
class ActivitySource(Protocol):
    async def activity(self, item: PlayedItem) -> Activity:
        """What was done with one item, and by the named user where the source counts for each."""
        ...


@runtime_checkable
class SingleRequest(Protocol):
    async def request(self, request_id: int) -> TitleRequest | None:
        """One request; None when there is none (any more), or it names no title."""
        ...


@runtime_checkable
class NowPlaying(Protocol):
    async def now_playing(self) -> frozenset[str]:
        """Native ids of the titles and episodes that somebody is watching."""
        ...


@runtime_checkable
class Client(Protocol):
    async def aclose(self) -> None:
        """Close the pooled connections."""
        ...


C = TypeVar("C")


def capability(client: Client, wanted: Callable[..., C]) -> C:
    """The client as `wanted`, one of the protocols above (mypy takes no protocol for a `type[C]`).

    Raises `MissingCapabilityError`: what a system cannot do is not an empty answer.
    """
    protocol = cast("type[C]", wanted)
    if not isinstance(client, protocol):
        raise MissingCapabilityError(f"{type(client).__name__} has no {protocol.__name__}")
    return client
