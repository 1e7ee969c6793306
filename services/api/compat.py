"""The switch for clients of the reference: which shape a request wants where both cannot coexist (api.md 1.1)."""

from starlette.requests import Request

HEADER = "x-capacitarr-compat"
WORD = "reference"


def wants_reference(request: Request) -> bool:
    """Whether the query or the header selects the reference's shapes."""
    return request.query_params.get("compat") == WORD or request.headers.get(HEADER, "").strip().lower() == WORD
