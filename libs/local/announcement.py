"""What a person reads when everything is up."""

import json
from collections.abc import Iterator

from libs.local.options import Options


def announcement(options: Options, *, has_owner: bool, simulator_url: str | None = None) -> Iterator[str]:
    """The one `ready:` line, and a short block behind it."""
    api = f"{options.url}/api/v1"
    yield f"ready: {options.url}"
    yield f"  API      {api}"
    if has_owner:
        yield "  next     curl -s -H 'X-Api-Key: <yours>' " + f"{api}/preview"
    else:
        yield "  login    the first login creates the owner, with the name and password you choose:"
        yield f"  next     {_first_login(api)}"
    if simulator_url is not None:
        yield f"  demo     simulated upstreams; what they really deleted: {simulator_url}/_sim/ledger"
    yield f"  logs     {options.data_dir.resolve() / 'logs'}"
    yield "  stop     Ctrl+C"


def _first_login(api: str) -> str:
    body = json.dumps({"username": "admin", "password": "your-password"}, separators=(",", ":"))
    return f"curl -s -X POST {api}/auth/login -H 'Content-Type: application/json' -d '{body}'"
