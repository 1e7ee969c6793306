"""What an `Idempotency-Key` stands for: who sent it, and with exactly which request."""

import hashlib
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Header, Request

from services.api.auth.principal import Principal
from services.api.compat import wants_reference
from services.api.errors import BadInputError

HEADER = "Idempotency-Key"

_SECRET_MEMBERS = frozenset({"apikey"})
"""Of a query: who asks is told by the user, and may prove it differently the next time."""

Key = Annotated[
    str | None,
    Header(
        alias=HEADER,
        min_length=1,
        max_length=255,
        pattern="^[ -~]+$",
        description="a text of your own for this one request: sent again within 24 hours it is answered as the first"
        " time, and nothing is done twice",
    ),
]
"""The header as a client sends it: printable ASCII."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of one user under a key of that user's choice."""

    user_id: int
    key: str
    request_hash: str


async def asked_of(request: Request, key: str | None) -> Asked | None:
    """None without a key, or where nobody is known to have sent it."""
    principal: Principal | None = getattr(request.state, "principal", None)
    if key is None or principal is None:
        return None
    if len(request.headers.getlist(HEADER)) > 1:
        raise BadInputError(f"{HEADER}: must be sent once")
    return Asked(principal.user_id, key, _digest(request, await request.body()))


def _digest(request: Request, body: bytes) -> str:
    """Of everything that decides about the answer. The compat switch chooses its shape, in a header or the query."""
    query = urlencode([pair for pair in request.query_params.multi_items() if pair[0] not in _SECRET_MEMBERS])
    shape = "reference" if wants_reference(request) else "seed"
    digest = hashlib.sha256()
    for part in (request.method, request.url.path, query, shape):
        digest.update(part.encode() + b"\0")
    digest.update(body)
    return digest.hexdigest()
