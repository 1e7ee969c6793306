"""What Sonarr, Radarr, Lidarr and Readarr share: test, disks, rule values, safety reads, and the guard of deletes."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from libs.common.domain.enums import MediaType
from libs.common.domain.paths import normalise_path
from libs.common.domain.target import DeletionTarget, InvalidTargetError
from libs.integrations.arr import rows as wire
from libs.integrations.arr.facts import Names, names_of
from libs.integrations.config import IntegrationConfig
from libs.integrations.errors import (
    ErrorClass,
    UpstreamConfusingError,
    UpstreamDeniedError,
    UpstreamError,
    UpstreamIncompleteError,
)
from libs.integrations.http import TEST_DEADLINE_S, Params, UpstreamHttp
from libs.integrations.loose import Scalar, claim, positive, size, text
from libs.integrations.models import ConnectionFacts, DiskSpace, HealthProblem, ItemState, RootFolder, UpstreamSafety
from libs.integrations.retries import ONCE, READ, RetryRule
from libs.integrations.translation import unreadable
from libs.integrations.urls import browser_path_hint

T = TypeVar("T")
Item = TypeVar("Item", bound=wire.ItemRow)
_PINGS_PER_KEY_CHECK = 9
"""A ping needs no key: every tenth probe asks for something that does (integrations.md 17.2)."""

_MOST_DAYS = 9_999

_PSEUDO_LANGUAGES = frozenset({"any", "original", "unknown"})


@dataclass(frozen=True, slots=True)
class Application:
    """One *arr product: its name, the prefix of its API, and what can be deleted in it."""

    name: str
    prefix: str
    deletes: frozenset[MediaType]


class ArrClient:
    """A client of one *arr installation."""

    application: Application

    def __init__(self, http: UpstreamHttp, config: IntegrationConfig) -> None:
        self._http = http
        self._config = config
        self._pings_left = 0

    async def aclose(self) -> None:
        """Close the pooled connections."""
        await self._http.aclose()

    async def test(self) -> ConnectionFacts:
        """Ask once, within ten seconds, whether the right product answers and takes the key."""
        status = await self._status(ONCE, TEST_DEADLINE_S)
        return ConnectionFacts(
            app_name=text(status.app_name),
            version=text(status.version),
            url_base=text(status.url_base),
            hint=self._address_hint(text(status.url_base)),
        )

    async def probe(self) -> None:
        """Ask once whether it is there. The first probe, the one after a failure and every tenth check the key too."""
        left, self._pings_left = self._pings_left, 0
        if left > 0 and await self._pings():
            self._pings_left = left - 1
            return
        await self._status(ONCE, TEST_DEADLINE_S)
        self._pings_left = _PINGS_PER_KEY_CHECK

    async def _pings(self) -> bool:
        """True when the ping is answered as an *arr does, False when something else answers: only the API counts.

        A proxy in front often lets nothing but the API through. Raises when nobody answers.
        """
        try:
            ping = await self._http.read("/ping", wire.PingRow, rule=ONCE, deadline_s=TEST_DEADLINE_S)
        except (UpstreamConfusingError, UpstreamDeniedError):
            return False
        return text(ping.status).lower() == "ok"

    async def disks(self) -> tuple[DiskSpace, ...]:
        """Every disk the application sees, as it reports it."""
        found = await self._read("/diskspace", list[wire.DiskRow])
        return tuple(
            DiskSpace(self._path(row.path), total_bytes=size(row.total_space), free_bytes=size(row.free_space))
            for row in found
        )

    async def root_folders(self) -> tuple[RootFolder, ...]:
        """Every folder it keeps items in."""
        found = await self._read("/rootfolder", list[wire.RootFolderRow])
        return tuple(
            RootFolder(
                path=self._path(row.path),
                is_accessible=claim(row.accessible) is True,
                free_bytes=size(row.free_space),
                total_bytes=size(row.total_space),
            )
            for row in found
        )

    async def safety(self) -> UpstreamSafety:
        """Recycle bin, root folders and health, as they are now."""
        media = await self._read("/config/mediamanagement", wire.MediaManagementRow)
        health = await self._read("/health", list[wire.HealthRow])
        flags = (
            media.auto_unmonitor_previously_downloaded_episodes,
            media.auto_unmonitor_previously_downloaded_movies,
            media.auto_unmonitor_previously_downloaded_tracks,
            media.auto_unmonitor_previously_downloaded_books,
        )
        return UpstreamSafety(
            recycle_bin=normalise_path(text(media.recycle_bin)),
            recycle_bin_days=_days(media.recycle_bin_cleanup_days),
            unmonitors_deleted=next((found for flag in flags if (found := claim(flag)) is not None), None),
            root_folders=await self.root_folders(),
            problems=tuple(
                HealthProblem(text(row.source), text(row.type).lower(), text(row.message)) for row in health
            ),
        )

    async def quality_profiles(self) -> tuple[str, ...]:
        """Names of the quality profiles, sorted."""
        return _sorted(text(row.name) for row in await self._read("/qualityprofile", list[wire.NamedRow]))

    async def tags(self) -> tuple[str, ...]:
        """Labels of the tags, sorted."""
        return _sorted(text(row.label) for row in await self._read("/tag", list[wire.TagRow]))

    async def languages(self) -> tuple[str, ...]:
        """Names of the real languages, sorted."""
        names = [text(row.name) for row in await self._read("/language", list[wire.NamedRow])]
        return _sorted(name for name in names if name.lower() not in _PSEUDO_LANGUAGES)

    async def _names(self) -> Names:
        profiles = await self._read("/qualityprofile", list[wire.NamedRow])
        tags = await self._read("/tag", list[wire.TagRow])
        return names_of(profiles, tags, self._config.url)

    async def _read(self, endpoint: str, shape: type[T], params: Params | None = None) -> T:
        return await self._http.read(f"{self.application.prefix}{endpoint}", shape, params)

    async def _all(
        self, endpoint: str, row_type: type[T], *, wanted: Callable[[T], bool] = lambda _row: True
    ) -> list[T]:
        """The wanted rows of a list, read to its end: an open answer would time out behind calls for files."""
        found: list[T] = []
        async with aclosing(self._http.rows(f"{self.application.prefix}{endpoint}", row_type)) as batches:
            async for batch in batches:
                found += filter(wanted, batch)
        return found

    async def _in_mid_read(self, reading: Awaitable[T], name: str) -> T:
        """What is read about things that a list has just named: that one is gone means that the list is old.

        Raises `UpstreamIncompleteError` then.
        """
        try:
            return await reading
        except UpstreamConfusingError as exc:
            if exc.status != 404:
                raise
            message = f"{name} disappeared from {self._config.name} while its library was being read."
            raise UpstreamIncompleteError(message) from exc

    async def _item(self, kind: str, native_id: int, shape: type[Item]) -> Item | None:
        """One item; None when the application, and nobody in front of it, says that it does not exist.

        `kind` is the application's word for it, as in its paths: movie, series, artist or book.
        """
        try:
            item = await self._read(f"/{kind}/{native_id}", shape)
        except UpstreamConfusingError as exc:
            if exc.status != 404:
                raise
            await self._status(READ, TEST_DEADLINE_S)
            return None
        if positive(item.id) != native_id:
            raise self._unreadable(f"it is about another {kind}")
        return item

    async def _stop_searches(self, kind: str, native_id: int, shape: type[Item]) -> None:
        """Unmonitor one item as a whole, and read back that it is."""
        body = {f"{kind}Ids": [native_id], "monitored": False}
        await self._change("PUT", f"/{kind}/editor", body=body)
        item = await self._item(kind, native_id, shape)
        if item is not None and claim(item.monitored) is not False:
            raise self._unreadable(f"it accepted the change, and the {kind} is still monitored")

    async def _change(
        self, method: str, endpoint: str, params: dict[str, str] | None = None, body: object = None
    ) -> None:
        await self._http.change(method, f"{self.application.prefix}{endpoint}", params, body)

    async def _status(self, rule: RetryRule, deadline_s: float) -> wire.StatusRow:
        """Who answers. Raises `wrong_service` when it is somebody else."""
        endpoint = f"{self.application.prefix}/system/status"
        status = await self._http.read(endpoint, wire.StatusRow, rule=rule, deadline_s=deadline_s)
        found, expected = text(status.app_name), self.application.name
        if found.lower() != expected.lower():
            message = f"This is {found or 'something else'}, not {expected}."
            raise UpstreamConfusingError(ErrorClass.WRONG_SERVICE, message)
        if not text(status.version):
            raise self._unreadable("it names no version")
        return status

    def _own(self, target: DeletionTarget) -> DeletionTarget:
        """The target, when it is one of this very installation. Raises `InvalidTargetError` before any call."""
        if not isinstance(target, DeletionTarget):
            raise InvalidTargetError(f"{type(target).__name__} is no deletion target")
        if target.integration_id != self._config.id:
            raise InvalidTargetError(f"the target belongs to integration {target.integration_id}, not this one")
        if target.media_type not in self.application.deletes:
            raise InvalidTargetError(f"{self.application.name} has no {target.media_type} to delete")
        return target

    def _planned(self, target: DeletionTarget, planned: ItemState) -> None:
        """Raise `InvalidTargetError` unless the plan is about this very target."""
        if planned.target != self._own(target):
            raise InvalidTargetError("the plan is about something else than the target")

    def _address_hint(self, url_base: str) -> str | None:
        if self._http.moved_to is not None and self._http.moved_to != self._config.url:
            return f"{self.application.name} redirects to {self._http.moved_to}; save that address"
        if not self._config.url.lower().endswith(url_base.lower().rstrip("/")):
            return f"{self.application.name} has the URL base {url_base}, which the address does not end in"
        return browser_path_hint(self._config.url)

    def _path(self, path: object) -> str:
        found = normalise_path(path) if isinstance(path, str) else ""
        if not found:
            raise self._unreadable("a folder has no path")
        return found

    def _unreadable(self, why: str) -> UpstreamError:
        return unreadable(self._http.upstream, why)


def _days(told: Scalar) -> int | None:
    """Whole days from 0; a number that is none of a calendar is none at all."""
    found = size(told)
    return found if found is not None and found <= _MOST_DAYS else None


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}, key=str.casefold))
