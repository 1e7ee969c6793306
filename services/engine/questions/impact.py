"""How many items a rule touches by itself (domain.md 3.4)."""

from datetime import datetime
from typing import TYPE_CHECKING

from services.engine.rules.compile import StoredRule, compile_rules

if TYPE_CHECKING:
    import polars as pl


def affected_items(ranked: "pl.DataFrame", rule: StoredRule, now: datetime) -> int:
    """Items that the rule would protect, or whose score it would change. Every effect does one of the two."""
    compiled = compile_rules([rule], now)
    return int(ranked.select(compiled[0].matches.sum()).item()) if compiled else 0
