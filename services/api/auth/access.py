"""What may be called by whom: everything that is not listed here needs credentials."""

from typing import NamedTuple

PUBLIC = frozenset({("GET", "/health"), ("GET", "/version"), ("POST", "/auth/login"), ("GET", "/auth/status")})
"""Method and path below the API root that need no credentials at all."""

SESSION_ONLY = frozenset({("PUT", "/auth/password"), ("PUT", "/auth/username"), ("POST", "/auth/apikey")})
"""Changes of credentials: an API key alone gets 401."""


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
