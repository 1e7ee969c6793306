"""What a person may do about a deletion that was given up: have it tried again, or leave it."""

from libs.common.domain.enums import ExecutionMode, JobState
from services.api.change import Change
from services.api.dead_letters import queries
from services.api.errors import ConflictError, MissingError
from services.api.manual_delete.delete import delete_by_hand
from services.api.manual_delete.wire import Wanted
from services.api.preferences.queries import load_preferences
from services.api.rows import AnyRow

_OFF = "deletions are switched off; nothing was queued"


async def retry(change: Change, job_id: int, *, force: bool) -> ExecutionMode:
    """Queue its item anew by the door of a person's own request; answers the mode in which that happens.

    What goes is the item as the catalogue knows it now, with a fingerprint of now. Raises `MissingError` for what is
    no open failure, `ConflictError` with the reason for what must not be deleted now; then nothing has changed.
    """
    if (await load_preferences(change.tx)).deletions_enabled is not True:
        raise ConflictError(_OFF)
    failed = await _failed(change, job_id)
    wish = Wanted.model_validate(
        {
            "mediaName": failed.title,
            "mediaType": failed.media_type.value,
            "integrationId": failed.integration_id,
            "externalId": failed.external_id,
            "force": force,
        }
    )
    outcome = await delete_by_hand(change, [wish], is_raw=True)
    for skipped in outcome.skipped:
        raise ConflictError(f"{failed.title} was not queued: {skipped.reason}")
    await _close(change, job_id)
    return ExecutionMode(outcome.mode)


async def dismiss(change: Change, job_id: int) -> None:
    """Take it off the list. It still counts as failed. Raises `MissingError`, `ConflictError` as above."""
    await _failed(change, job_id)
    await _close(change, job_id)


async def _failed(change: Change, job_id: int) -> AnyRow:
    found = await queries.job(change.tx, job_id)
    if found is None or found.dismissed_at is not None:
        raise _missing(job_id)
    if found.state is not JobState.FAILED:
        raise ConflictError(f"deletion {job_id} has not failed: it is {found.state}")
    return found


async def _close(change: Change, job_id: int) -> None:
    if not await queries.close(change.tx, job_id, change.now):
        raise _missing(job_id)


def _missing(job_id: int) -> MissingError:
    return MissingError(f"there is no failed deletion {job_id} that nobody has dealt with")
