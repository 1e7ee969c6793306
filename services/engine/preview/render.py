"""The `/preview` list, rendered once for everybody: in pieces, side by side, and encoded as they come."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from libs.common.domain.enums import ACTS_ALONE, ExecutionMode
from libs.common.preview import parts
from services.engine.evaluation import Evaluation
from services.engine.preview.binding import Binding, Rendering
from services.engine.preview.former import origin_of, patchwork
from services.engine.preview.item import item_text
from services.engine.preview.sheet import Part, Sheet
from services.engine.scoring.details import Explainer
from services.engine.selection.eligibility import Target

if TYPE_CHECKING:
    import polars as pl

PIECE = 50 * parts.ITEMS_PER_PART
"""Items rendered at a time: bounds the text that exists at once, 5 MB a piece.

Each piece has the columns planned anew, which takes as long as the texts of about a thousand items.
"""

_WORKERS = 2
_AHEAD = 2
"""Pieces that are ready before they are wanted. The columns and both encoders let other threads run."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where an item stands in the queues."""

    status: str
    approval_id: int | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the body shows besides the scores."""

    places: Mapping[Target, QueuePlace]
    modes: Mapping[int, ExecutionMode]


def render(evaluation: Evaluation, around: Surroundings, former: Rendering | None = None) -> Rendering:
    """Render everything but what a former rendering has already. Blocks: call it from a thread.

    However it is made, the bytes are the same.
    """
    sheet = _sheet(evaluation, around)
    origin = origin_of(sheet)
    old = former and patchwork(sheet, origin, former.origin, former.packed_items, at_most=PIECE)
    binding = Binding()
    for piece in _side_by_side((old or sheet).parts, sheet.items.height):
        for part in piece:
            binding.add(part)
    return binding.bound(origin)


def _sheet(evaluation: Evaluation, around: Surroundings) -> Sheet:
    import polars as pl

    explainer = Explainer(evaluation.facts.weights, evaluation.applicability, evaluation.rules)
    unasked = sorted(group for group, mode in around.modes.items() if mode in ACTS_ALONE)
    wording = item_text(explainer, pl.col("disk_group_id").is_in(unasked).fill_null(value=False))
    return Sheet(explainer.with_shares(_with_places(evaluation.ranked, around.places)), wording)


def _side_by_side(make: Callable[[int, int], list[Part]], count: int) -> Iterator[list[Part]]:
    """The parts of so many items piece by piece, in their order, with a bounded number of pieces made ahead."""
    coming: deque[Future[list[Part]]] = deque()
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="render") as pool:
        for begin in range(0, count, PIECE):
            coming.append(pool.submit(make, begin, min(begin + PIECE, count)))
            if len(coming) > _AHEAD:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def _with_places(ranked: "pl.DataFrame", places: Mapping[Target, QueuePlace]) -> "pl.DataFrame":
    import polars as pl

    known = pl.DataFrame(
        {
            "integration_id": [integration_id for integration_id, _ in places],
            "external_id": [external_id for _, external_id in places],
            "queue_status": [place.status for place in places.values()],
            "approval_id": [place.approval_id for place in places.values()],
        },
        schema={
            "integration_id": pl.Int64,
            "external_id": pl.String,
            "queue_status": pl.String,
            "approval_id": pl.Int64,
        },
    )
    return ranked.join(known, on=["integration_id", "external_id"], how="left", maintain_order="left")
