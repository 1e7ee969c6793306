"""Whether a job still is about what was decided on, by what is stored now (S-26). Asked before any upstream is. Pure.

What only the upstream can tell, its files and their path, is compared behind this (`recheck.py`).
"""

from typing import Any

from libs.common.deletions.fingerprint import Instance, watch_facts
from libs.common.deletions.job import Job
from libs.common.domain.enums import Trigger
from services.deleter.claimed import Source
from services.deleter.standing import Standing


def departure(job: Job, source: Source, standing: Standing) -> str | None:
    """What is different now, as a sentence; None when everything is as it was shown."""
    return other_installation(job, source) or _other_plays(job, standing)


def other_installation(job: Job, source: Source) -> str | None:
    """Why the source may not be what the job is about: another address may hold the same ids and titles.

    Its files are not those that were meant, and it cannot say what became of a call to the former one.
    """
    shown = job.fingerprint or {}
    if "instance" not in shown:
        return "its approval does not say which installation it is about" if _is_approved(job) else None
    if shown["instance"] is None:
        return f"it had not been read since {source.name} was saved, so it may be from another installation"
    now = Instance(source.id, source.type, source.url, source.changed_at).identity
    return None if shown["instance"] == now else f"{source.name} points at another installation now"


def _other_plays(job: Job, standing: Standing) -> str | None:
    """A person approved what was shown; the engine's own choices are scored anew instead."""
    if not _is_approved(job) or not standing.is_known:
        return None
    shown = (job.fingerprint or {}).get("watch", watch_facts(None, None))
    now = watch_facts(standing.play_count, standing.last_played)
    return None if shown == now else f"it was shown as {_told(shown)}, and is {_told(now)} now"


def _is_approved(job: Job) -> bool:
    return job.trigger is Trigger.APPROVAL


def _told(watch: dict[str, Any]) -> str:
    if watch["playCount"] is None:
        return "of unknown plays"
    last = "" if watch["lastPlayed"] is None else f" (last {watch['lastPlayed']})"
    return f"played {watch['playCount']} times{last}"
