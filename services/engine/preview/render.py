"""The `/preview` body, rendered once for everybody: the ranked library in pieces, encoded as they come."""

import gzip
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from libs.common.domain.enums import ExecutionMode
from services.engine.evaluation import Evaluation
from services.engine.preview.item import item_text
from services.engine.scoring.details import Explainer
from services.engine.selection.candidates import ACTS_ALONE
from services.engine.selection.eligibility import Target

if TYPE_CHECKING:
    import polars as pl

PIECE = 5000
"""Items rendered at a time: bounds the text that exists at once."""

_GZIP_LEVEL = 3
_ZSTD_LEVEL = 3


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
class Body:
    """One encoding of the whole list."""

    encoding: str
    etag: str
    data: bytes


def render_bodies(evaluation: Evaluation, around: Surroundings) -> list[Body]:
    """The list as identity, gzip and zstd. Blocks: call it from a thread."""
    import zstandard

    plain, zipped = io.BytesIO(), io.BytesIO()
    digest = hashlib.sha256()
    with gzip.GzipFile(fileobj=zipped, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0) as packer:
        for piece in _pieces(evaluation, around):
            plain.write(piece)
            packer.write(piece)
            digest.update(piece)
    data = plain.getvalue()
    etag = digest.hexdigest()[:32]
    return [
        Body("identity", f'"{etag}"', data),
        Body("gzip", f'"{etag}-gzip"', zipped.getvalue()),
        Body("zstd", f'"{etag}-zstd"', zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data)),
    ]


def _pieces(evaluation: Evaluation, around: Surroundings) -> Iterator[bytes]:
    import polars as pl

    explainer = Explainer(evaluation.facts.weights, evaluation.applicability, evaluation.rules)
    unasked = [group for group, mode in around.modes.items() if mode in ACTS_ALONE]
    items = item_text(explainer, pl.col("disk_group_id").is_in(unasked).fill_null(value=False))
    yield b"["
    separator = ""
    for piece in _with_places(evaluation.ranked, around.places).iter_slices(PIECE):
        rendered: str = piece.select(items.str.join(",")).item()
        yield f"{separator}{rendered}".encode()
        separator = ","
    yield b"]"


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
