"""What may be called by whom: everything that is not listed here needs credentials."""

import re
from typing import NamedTuple

PUBLIC = frozenset({("GET", "/health"), ("GET", "/version"), ("POST", "/auth/login"), ("GET", "/auth/status")})
"""Method and path below the API root that need no credentials at all."""

TOKEN = frozenset({("POST", "/webhooks/{integration_id}/{token}")})
"""Routes whose address holds a secret, which they check themselves. Neither logs nor traces may carry their path."""

SESSION_ONLY = frozenset({("PUT", "/auth/password"), ("PUT", "/auth/username"), ("POST", "/auth/apikey")})
"""Changes of credentials: an API key alone gets 401."""

_TOKEN_CALLS = re.compile(
    "|".join(f"{method} {re.sub(r'{[a-z_]+}', '[^/]+', template)}" for method, template in sorted(TOKEN))
)


def carries_token(method: str, path: str) -> bool:
    """Whether a call below the API root is one of `TOKEN`."""
    return _TOKEN_CALLS.fullmatch(f"{method} {path}") is not None


class Limited(NamedTuple):
    """A rate limit: the bucket's name and the settings that size it."""

    bucket: str
    limit: str
    window_s: str


LIMITED = {
    ("POST", "/auth/login"): Limited("login", "login_limit", "login_window_s"),
    ("POST", "/integrations/test"): Limited("integration-test", "test_limit", "test_window_s"),
    ("POST", "/engine/run"): Limited("engine-run", "run_limit", "run_window_s"),
}
"""Every request to these counts, whatever becomes of it."""
