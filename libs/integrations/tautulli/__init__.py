"""Everything that is known about Tautulli (API v2)."""

from libs.integrations.tautulli.client import TautulliClient

__all__ = ["TautulliClient"]
