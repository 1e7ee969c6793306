"""What the api asks sync by request and reply, and what sync answers."""

from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from libs.common.domain.enums import IntegrationType
from libs.common.messaging import subjects

TEST_CONNECTION = subjects.TEST_CONNECTION
SYNC_ALL = subjects.SYNC_ALL
RULE_VALUES = subjects.RULE_VALUES
FORGET_RULE_VALUES = subjects.FORGET_RULE_VALUES
PREFLIGHT = subjects.PREFLIGHT

TEST_TIMEOUT_S = 15.0
"""How long to wait for `ConnectionTested`; a test itself ends after 10 s."""

SYNC_TIMEOUT_S = 660.0
"""How long to wait for `SyncedAll`; one source may take 10 min, and all are read side by side."""


VALUES_TIMEOUT_S = 15.0
"""How long to wait for `RuleValuesFound`; asking the source ends after 10 s."""


PREFLIGHT_TIMEOUT_S = 15.0
"""How long to wait for `PreflightFound`; asking the source ends after 10 s."""


class Question(BaseModel):
    """Base of both directions: frozen, no unknown member, camelCase on the wire."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True
    )


class TestConnection(Question):
    """Try an address and a key that need not be stored. Nothing is saved, no health changes."""

    __test__ = False  # pytest: the name begins with Test, the class holds none

    type: IntegrationType
    url: str
    sealed_key: Annotated[Base64Bytes, Field(repr=False)]
    """`SecretBox.seal` of the key, so that no message carries it in clear."""
    verify_tls: bool = True
    ca_bundle: str | None = None


class ConnectionTested(Question):
    """The outcome of a test: either a message, or an error with its class."""

    success: bool
    message: str = ""
    error: str = ""
    error_class: str = ""
    app_version: str | None = None


class SyncAll(Question):
    """Test and read every enabled integration now."""


class DiskEntry(Question):
    """One disk as the integration reported it, in bytes."""

    path: str
    total_bytes: int
    free_bytes: int


class SyncResult(Question):
    """One integration of a manual sync. A failed read of disks or items does not make `status` an error."""

    id: int
    name: str
    type: IntegrationType
    status: Literal["ok", "error"]
    error: str | None = None
    disk_error: str | None = None
    disk_space: tuple[DiskEntry, ...] | None = None
    media_count: int | None = None
    media_error: str | None = None


class SyncedAll(Question):
    """Every enabled integration, oldest first."""

    results: tuple[SyncResult, ...]


class AskRuleValues(Question):
    """What can a rule of this integration compare with? Answered from a cache that is five minutes old at most."""

    integration_id: int
    matter: Literal["quality", "tag", "language"]


class RuleValuesFound(Question):
    """Names in their order; `error` is why there are none, and empty otherwise."""

    values: tuple[str, ...] = ()
    error: str = ""


class ForgetRuleValues(Question):
    """Told to every sync: what is cached of this integration, or of all, may be out of date."""

    integration_id: int | None = None


class AskPreflight(Question):
    """What would become of a deletion through this integration? Asked of the source now; nothing is changed."""

    integration_id: int


class FolderSeen(Question):
    """A root folder of the source."""

    path: str
    accessible: bool
    free_bytes: int | None = None


class ProblemSeen(Question):
    """What the source complains about. `blocks`: nothing is deleted while it does."""

    source: str
    level: str
    message: str
    blocks: bool


class SafetySeen(Question):
    """An empty `recycle_bin` means that files really go. `recycle_bin_days`: until it is emptied, 0 for never."""

    recycle_bin: str
    recycle_bin_days: int | None
    unmonitors_deleted: bool | None
    root_folders: tuple[FolderSeen, ...]
    problems: tuple[ProblemSeen, ...]


class PreflightFound(Question):
    """What was seen, or the error with its class."""

    seen: SafetySeen | None = None
    error: str = ""
    error_class: str = ""
