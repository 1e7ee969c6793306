"""The one value a delete can be built from (S-01, S-02): complete, typed, and never wider than it was written."""

import re
from dataclasses import dataclass
from typing import Self

from libs.common.domain.enums import MediaType

_NATIVE = re.compile(r"[1-9][0-9]{0,17}")
_SEASON = re.compile(r"([1-9][0-9]{0,17})-s([1-9][0-9]{0,4})")
_DELETABLE = frozenset({MediaType.MOVIE, MediaType.SHOW, MediaType.SEASON, MediaType.ARTIST, MediaType.BOOK})


class InvalidTargetError(ValueError):
    """An id, a media type or a scope from which no delete may be built; nothing was sent anywhere."""


@dataclass(frozen=True, slots=True)
class DeletionTarget:
    """What exactly one delete is about.

    `native_id` is the positive id inside the upstream; `season` is set for seasons and for nothing else. Season 0
    (specials) cannot be a target. Built wrongly it raises `InvalidTargetError`; there is no default that widens it.
    """

    integration_id: int
    media_type: MediaType
    native_id: int
    season: int | None = None

    def __post_init__(self) -> None:
        _require_positive("integration id", self.integration_id)
        _require_positive("external id", self.native_id)
        if type(self.media_type) is not MediaType or self.media_type not in _DELETABLE:
            raise InvalidTargetError(f"{self.media_type!r} cannot be deleted")
        if self.media_type is MediaType.SEASON:
            _require_positive("season", self.season)
        elif self.season is not None:
            raise InvalidTargetError(f"a {self.media_type} has no season number")

    @classmethod
    def parse(cls, integration_id: int, media_type: MediaType | str, external_id: str) -> Self:
        """Build from stored text; seasons are written `<series>-s<number>`. Raises `InvalidTargetError`."""
        try:
            kind = MediaType(media_type)
        except ValueError as exc:
            raise InvalidTargetError(f"{media_type!r} is not a media type") from exc
        if not isinstance(external_id, str):
            raise InvalidTargetError("the external id must be text")
        if kind is MediaType.SEASON:
            match = _SEASON.fullmatch(external_id)
            if match is None:
                raise InvalidTargetError(f"{external_id!r} does not name one season")
            return cls(integration_id, kind, int(match[1]), int(match[2]))
        if _NATIVE.fullmatch(external_id) is None:
            raise InvalidTargetError(f"{external_id!r} does not name one {kind}")
        return cls(integration_id, kind, int(external_id))

    @property
    def external_id(self) -> str:
        """The canonical text form, as stored and shown."""
        return str(self.native_id) if self.season is None else f"{self.native_id}-s{self.season}"


def _require_positive(what: str, value: object) -> None:
    if type(value) is not int or value <= 0:
        raise InvalidTargetError(f"{what} must be a positive number, not {value!r}")
