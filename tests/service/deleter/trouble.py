"""Breaking the upstreams of a town, and waiting for what becomes of its jobs."""

from libs.simulator.faults import FaultKind, FaultRule
from services.deleter.queue import DeletionQueue
from tests.service.deleter.town import Town


def break_calls(town: Town, kind: FaultKind, method: str = "DELETE", **rule: object) -> None:
    """Every call of this method fails this way, until the server is healed."""
    town.server.break_calls(FaultRule(kind=kind, method=method, **rule))  # type: ignore[arg-type]


async def state_of(town: Town, job_id: int) -> str:
    """In which state the job is now."""
    return str((await town.owner.job(job_id)).state.value)


async def until_failed(town: Town, queue: DeletionQueue, job_id: int, attempts: int) -> None:
    """The queue works until the job has had so many attempts."""

    async def counted() -> bool:
        return bool((await town.owner.job(job_id)).attempts == attempts)

    await town.work(queue, counted)
