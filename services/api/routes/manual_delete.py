"""Manual deletion: a person names items, past thresholds and scores."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request

from services.api.change import Changing, Parts
from services.api.compat import wants_reference
from services.api.errors import describe
from services.api.idempotency.route import ChangingRoute
from services.api.manual_delete.delete import delete_by_hand
from services.api.manual_delete.wire import MOST_ITEMS, Outcome, Wanted

router = APIRouter(tags=["Deletion Queue"], route_class=ChangingRoute)


async def _scored(gateway: Parts) -> None:
    """Stands before `Changing`: no transaction is open while the engine scores what a new rule may protect."""
    await gateway.truth.scored()


@router.post("/delete", responses=describe(400, 503), dependencies=[Depends(_scored)])
async def delete(
    request: Request, wishes: Annotated[list[Wanted], Body(min_length=1, max_length=MOST_ITEMS)], change: Changing
) -> Outcome:
    """Delete items by hand, each by the mode of its disk group; the default mode only where it is in none.

    Approval: it waits for an approval. Dry-run, or deletions disabled: it is simulated. Auto and sunset: it is deleted
    after the grace period whatever the thresholds say, if nothing has changed by then. What is not is `skipped`.
    """
    return await delete_by_hand(change, wishes, is_raw=wants_reference(request))
