"""Adding, changing and removing integrations, with everything that has to happen in the same transaction."""

from typing import Any

from libs.common.db import models as m
from libs.common.deletions.cancel import cancel_waiting
from libs.common.domain.enums import IntegrationType
from libs.common.domain.urls import BaseUrlError, normalise_base_url
from libs.common.events.integration import IntegrationAdded, IntegrationRemoved, IntegrationUpdated
from libs.common.events.preview import PreviewInvalidated
from libs.common.messaging.work import RescorePreview
from libs.common.preview import mark_scores_outdated
from libs.common.security.masking import is_masked, mask
from libs.common.security.secrets import SealError, SecretBox
from services.api.change import Change
from services.api.errors import BadInputError, MissingError
from services.api.gateway import SOURCE
from services.api.integrations import queries
from services.api.integrations.wire import Integration, IntegrationChange
from services.api.rows import AnyRow, as_dict

_PLAIN = (
    "enabled",
    "library_id",
    "collection_deletion",
    "show_level_only",
    "add_import_exclusion",
    "verify_tls",
    "ca_bundle",
    "deletions_per_minute",
)
_NULLABLE = {"library_id", "ca_bundle"}
_OVERRIDE_REASON = "a disk group it feeds is in sunset mode, which deletes whole shows only"


async def add(change: Change, box: SecretBox, body: IntegrationChange) -> int:
    """Store a new integration; answers its id."""
    for member, value in (("type", body.type), ("name", body.name), ("url", body.url), ("apiKey", body.api_key)):
        if not (value or "").strip():
            raise BadInputError(f"{member}: is required")
    key = (body.api_key or "").strip()
    if is_masked(key):
        raise BadInputError("apiKey: is masked; send the key itself")
    kind = known_type(body.type or "")
    values = _plain_values(body) | {
        "type": kind,
        "name": (body.name or "").strip(),
        "url": checked_url(body.url or ""),
        "api_key": box.seal(key),
    }
    new_id = await queries.create(change.tx, values, change.now)
    await change.record(IntegrationAdded(integration_id=new_id, integration_type=kind, name=values["name"]))
    await _outdate_preview(change, "integration_added")
    return new_id


async def edit(change: Change, box: SecretBox, integration_id: int, body: IntegrationChange) -> None:
    """Store what the body holds; blank and masked texts keep. The type never changes."""
    stored = await queries.integration(change.tx, integration_id)
    if stored is None:
        raise missing(integration_id)
    values = _plain_values(body)
    if name := (body.name or "").strip():
        values["name"] = name
    if (body.url or "").strip():
        values["url"] = checked_url(body.url or "")
    key = (body.api_key or "").strip()
    if key and not is_masked(key):
        values["api_key"] = box.seal(key)
    await queries.save(change.tx, integration_id, values, change.now)
    name = values.get("name", stored.name)
    await change.record(IntegrationUpdated(integration_id=integration_id, integration_type=stored.type, name=name))
    await _outdate_preview(change, "integration_updated")


async def remove(change: Change, integration_id: int) -> None:
    """Hide it at once and take back its waiting deletions. Without an enabled integration the disk groups go too."""
    await queries.lock_all(change.tx)
    hidden = await queries.hide(change.tx, integration_id, change.now)
    if hidden is None:
        raise missing(integration_id)
    mine = m.DeletionJob.integration_id == integration_id
    await cancel_waiting(change.tx, mine, "the integration was removed", SOURCE, change.now)
    await queries.drop_what_hangs_on(change.tx, integration_id)
    if not await queries.any_enabled(change.tx):
        await queries.delete_disk_groups(change.tx)
    await change.record(
        IntegrationRemoved(integration_id=integration_id, integration_type=hidden.type, name=hidden.name)
    )
    await _outdate_preview(change, "integration_removed")


def shown(row: AnyRow, box: SecretBox) -> Integration:
    """The integration as the wire shows it, its key masked."""
    try:
        masked = mask(box.open(row.api_key))
    except SealError:  # sealed under a lost SECRET_KEY: the owner has to enter it again
        masked = mask("")
    overridden = bool(row.overridden)
    return Integration.model_validate(
        as_dict(row)
        | {
            "api_key": masked,
            "last_error": row.last_error or None,
            "show_level_only_override": overridden,
            "show_level_only_override_reason": _OVERRIDE_REASON if overridden else "",
        }
    )


def checked_url(text: str) -> str:
    """The normalised address. Raises `BadInputError` that says what to change."""
    try:
        return normalise_base_url(text)
    except BaseUrlError as exc:
        raise BadInputError(f"url: {exc}") from exc


def known_type(text: str) -> IntegrationType:
    """The integration type. Raises `BadInputError` for an unknown one."""
    try:
        return IntegrationType(text.strip())
    except ValueError:
        raise BadInputError(f"type: must be one of {', '.join(IntegrationType)}") from None


def missing(integration_id: int) -> MissingError:
    """There is no such integration, or it was removed."""
    return MissingError(f"there is no integration {integration_id}")


def _plain_values(body: IntegrationChange) -> dict[str, Any]:
    return {
        name: value
        for name, value in body.given().items()
        if name in _PLAIN and (value is not None or name in _NULLABLE)
    }


async def _outdate_preview(change: Change, reason: str) -> None:
    await mark_scores_outdated(change.tx)
    change.tell(PreviewInvalidated(reason=reason))
    change.nudge(RescorePreview(reason=reason))
