"""Integrations on the wire. A key goes in in clear and never comes out."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from libs.common.domain.enums import IntegrationType
from services.api.wire import Answer, Body, Flag, Text, Time, Whole

MAX_PER_MINUTE = 6000


def _pem(value: str | None) -> str | None:
    if value and "-----BEGIN CERTIFICATE-----" not in value:
        raise ValueError("must be certificates in PEM form")
    return value or None


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


TypeWord = Annotated[Text, Field(max_length=50)]
Name = Annotated[Text, Field(max_length=200)]
Address = Annotated[Text, Field(max_length=2000)]
Key = Annotated[Text, Field(max_length=2000)]
Bundle = Annotated[Text, Field(max_length=256 * 1024)]
"""All the public authorities in the world fit in."""

CaBundle = Annotated[Bundle | None, AfterValidator(_pem), BeforeValidator(_blank_is_none)]
MaybeFlag = Annotated[Flag | None, Field(description="absent or null keeps the present value")]
PerMinute = Annotated[Whole, Field(ge=1, le=MAX_PER_MINUTE)]


class IntegrationChange(Body):
    """Members of POST and PUT. On PUT an absent or blank one keeps what is stored, and `type` is ignored."""

    type: TypeWord | None = None
    name: Name | None = None
    url: Address | None = None
    api_key: Key | None = None
    enabled: MaybeFlag = None
    library_id: Whole | None = None
    collection_deletion: MaybeFlag = None
    show_level_only: MaybeFlag = None
    add_import_exclusion: MaybeFlag = None
    verify_tls: MaybeFlag = None
    ca_bundle: CaBundle = None
    deletions_per_minute: PerMinute | None = None


class ConnectionTest(Body):
    """What to try. A masked key with `integrationId` means the stored key, for the stored address only."""

    type: TypeWord = ""
    url: Address = ""
    api_key: Key = ""
    integration_id: Annotated[Whole, Field(ge=0)] | None = None
    verify_tls: MaybeFlag = None
    ca_bundle: CaBundle = None


class Integration(Answer):
    """An integration. The override is computed: a Sonarr that feeds a sunset group is deleted by whole shows."""

    id: int
    type: IntegrationType
    name: str
    url: str
    api_key: str
    enabled: bool
    library_id: int | None = None
    media_size_bytes: int
    media_count: int
    last_sync: Time | None = None
    last_error: str | None = None
    collection_deletion: bool
    show_level_only: bool
    add_import_exclusion: bool
    verify_tls: bool
    ca_bundle: str | None = None
    deletions_per_minute: int
    app_version: str | None = None
    consecutive_failures: int
    created_at: Time
    updated_at: Time
    show_level_only_override: bool
    show_level_only_override_reason: str


class Deleted(Answer):
    status: str = "deleted"


class TestResult(Answer):
    """`message` when it worked, `error` when it did not."""

    success: bool
    message: str | None = None
    error: str | None = None


class DiskSpace(Answer):
    path: str
    total_bytes: int
    free_bytes: int


class SyncResult(Answer):
    """One integration of a manual sync."""

    id: int
    name: str
    type: IntegrationType
    status: str
    error: str | None = None
    disk_error: str | None = None
    disk_space: list[DiskSpace] | None = None
    media_count: int | None = None
    media_error: str | None = None


class SyncResults(Answer):
    results: list[SyncResult]


class Health(Answer):
    """`recovering`: failing at present. `nextRetryAt`: when it is probed next."""

    integration_id: int
    integration_type: IntegrationType
    name: str
    consecutive_failures: int
    last_error: str
    next_retry_at: Time
    recovering: bool
