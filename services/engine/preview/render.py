"""The `/preview` list, rendered once for everybody: in pieces, side by side, and encoded as they come."""

import hashlib
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from libs.common.domain.enums import ExecutionMode
from libs.common.preview import parts
from services.engine.evaluation import Evaluation
from services.engine.preview.item import item_text
from services.engine.scoring.details import Explainer
from services.engine.selection.candidates import ACTS_ALONE
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

_ZSTD_LEVEL = 1


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


@dataclass(frozen=True, slots=True)
class Rendering:
    """The whole list twice: as one zstd frame, and as a gzip file of parts. `digest` and `size_bytes` are of its text.

    The plain text is never kept: whoever wants it gets it from the parts.
    """

    digest: str
    size_bytes: int
    zstd: Sequence[bytes]
    gzip: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class _Piece:
    """So many parts, as text and packed."""

    text: bytes
    packed: Sequence[bytes]


def render(evaluation: Evaluation, around: Surroundings) -> Rendering:
    """Render everything. Blocks: call it from a thread."""
    import zstandard

    frame = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
    digest, checksum, size_bytes = hashlib.sha256(), 0, 0
    zstd, gzip = [], [parts.pack_head()]
    for piece in _bracketed(_pieces(evaluation, around)):
        digest.update(piece.text)
        checksum = zlib.crc32(piece.text, checksum)
        size_bytes += len(piece.text)
        zstd.append(frame.compress(piece.text))
        gzip.extend(piece.packed)
    gzip.append(parts.pack_tail(checksum, size_bytes))
    zstd.append(frame.flush())
    return Rendering(digest.hexdigest()[:32], size_bytes, [piece for piece in zstd if piece], gzip)


def _bracketed(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """With the array's brackets, which the gzip file's own ends hold."""
    yield _Piece(b"[", [])
    yield from pieces
    yield _Piece(b"]", [])


def _pieces(evaluation: Evaluation, around: Surroundings) -> Iterator[_Piece]:
    import polars as pl

    explainer = Explainer(evaluation.facts.weights, evaluation.applicability, evaluation.rules)
    unasked = [group for group, mode in around.modes.items() if mode in ACTS_ALONE]
    items = item_text(explainer, pl.col("disk_group_id").is_in(unasked).fill_null(value=False))
    placed = explainer.with_shares(_with_places(evaluation.ranked, around.places))

    def piece(begin: int) -> _Piece:
        texts = placed.slice(begin, PIECE).select(items).to_series().to_list()
        plain = list(parts.text_parts(texts, is_first=begin == 0))
        return _Piece(b"".join(plain), [parts.pack(part) for part in plain])

    return _side_by_side(piece, range(0, placed.height, PIECE))


def _side_by_side(make: Callable[[int], _Piece], begins: Sequence[int]) -> Iterator[_Piece]:
    """In their order, with a bounded number of them made ahead."""
    coming: deque[Future[_Piece]] = deque()
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="render") as pool:
        for begin in begins:
            coming.append(pool.submit(make, begin))
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
