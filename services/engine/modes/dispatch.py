"""From chosen items to jobs: what all modes that queue have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from libs.common.deletions.enqueue import NewJob
from libs.common.deletions.evidence import decided_on
from libs.common.deletions.fingerprint import Instance, fingerprint_of
from libs.common.domain.enums import ExecutionMode, MediaType, Trigger

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mode:
    """How a mode acts. `deletes`: its jobs are meant for real, so every doubt about the group holds it.

    `asks`: it queues nothing, and lists its candidates for a person instead.
    """

    mode: ExecutionMode
    deletes: bool
    asks: bool = False

    def job(self, item: Item, instances: Mapping[int, Instance], *, deletions_enabled: bool) -> NewJob:
        """The job of one candidate (with its `score_details`), and the facts its decision rests on (S-26).

        It keeps what the switches said when it was made: the most restrictive of then and later counts (S-12).
        """
        return NewJob(
            integration_id=item["integration_id"],
            media_type=MediaType(item["media_type"]),
            external_id=item["external_id"],
            title=item["title"],
            size_bytes=item["size_bytes"],
            path=item["path"],
            poster_url=item["poster_url"],
            score=item["score"],
            score_details=item["score_details"],
            trigger=Trigger.ENGINE,
            disk_group_id=item["disk_group_id"],
            enqueued_mode=self.mode,
            force_dry_run=not (self.deletes and deletions_enabled),
            upsert_audit=not self.deletes,
            add_import_exclusion=item["add_import_exclusion"],
            collection_group=item["collection_group"],
            fingerprint=fingerprint_of(item, instances.get(item["integration_id"])),
            facts=decided_on(item),
        )
