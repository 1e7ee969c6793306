"""The preflight of an integration on the wire."""

from libs.common.domain.enums import IntegrationType
from services.api.wire import Answer


class RecycleBin(Answer):
    """Where deleted files go. `cleanupDays`: after how many days they go for good, 0 for never."""

    path: str
    cleanup_days: int | None = None


class CheckedFolder(Answer):
    path: str
    accessible: bool
    free_bytes: int | None = None


class UpstreamProblem(Answer):
    """What the upstream complains about. `blocksDeletions`: nothing is deleted while it does."""

    source: str
    level: str
    message: str
    blocks_deletions: bool


class Unmonitoring(Answer):
    """Whether an item is unmonitored before its files go.

    `supported`: only seasons stay behind in their upstream, everything else leaves it. `enabled`: the preference
    `unmonitorSeasons`. `byUpstream`: the upstream unmonitors what it misses by itself.
    """

    supported: bool
    enabled: bool
    by_upstream: bool | None = None


class Preflight(Answer):
    """What a deletion would meet. Without `recycleBin` it is final. `warnings` are sentences for a person."""

    integration_id: int
    type: IntegrationType
    recycle_bin: RecycleBin | None = None
    root_folders: list[CheckedFolder]
    problems: list[UpstreamProblem]
    unmonitor: Unmonitoring
    add_import_exclusion: bool
    can_delete: bool
    warnings: list[str]
