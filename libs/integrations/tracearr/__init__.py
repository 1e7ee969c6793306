"""Everything that is known about Tracearr (its second public API, and the first where there is no other)."""

from libs.integrations.tracearr.client import TracearrClient

__all__ = ["TracearrClient"]
