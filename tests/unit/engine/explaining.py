"""An evaluated library and explanations of its items, for tests: everything that would be read is given."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import polars as pl

from libs.common.domain.enums import Capability, ExecutionMode, IntegrationType, Tiebreaker
from libs.common.domain.factors import DEFAULT_WEIGHTS
from libs.common.domain.safety import SafetySettings
from libs.common.messaging.engine_questions import Explanation, Gate, Queues
from services.engine.evaluation import Evaluation, evaluate_items
from services.engine.explain.explanation import Known, told
from services.engine.explain.queries import ItemTelling, OpenHold, TellingSource
from services.engine.facts import Facts
from services.engine.mass_change import Extent
from services.engine.questions.budgets import GroupBudget
from services.engine.rules.compile import StoredRule
from services.engine.scoring.applicability import Sources
from services.engine.selection.budget import Usage
from services.engine.selection.eligibility import Guards
from tests.unit.engine.catalogue_rows import NOW, frame

GIB = 1024**3
GUARDS = {"min_file_age_days": 7, "evidence_max_age_hours": 48, "evidence_min_weight_pct": 60}
RADARR_ONLY = Sources({IntegrationType.RADARR})
WITH_PLEX = Sources({IntegrationType.RADARR, IntegrationType.PLEX})


def evaluated(
    *rows: dict[str, Any],
    rules: tuple[StoredRule, ...] = (),
    sources: Sources = RADARR_ONLY,
    deletions_enabled: bool = True,
    max_pct: int = 100,
    **guards: Any,
) -> Evaluation:
    """Scored with the default weights."""
    preferences = SimpleNamespace(tiebreaker_method=Tiebreaker.SIZE_DESC)
    facts = Facts(
        now=NOW,
        preferences=preferences,  # type: ignore[arg-type]  # stands for a row
        weights=DEFAULT_WEIGHTS,
        rules=rules,
        sources=sources,
        guards=Guards(**(GUARDS | guards)),
        revision=1,
        scoring=1,
        safety=SafetySettings.of({"deletions_enabled": deletions_enabled, "max_delete_pct_per_run": max_pct}),
    )
    return evaluate_items(frame(*rows).collect(), facts)


def budget(
    to_free_gib: float = 100, mode: ExecutionMode = ExecutionMode.AUTO, *, used_pct: float = 90, in_flight: int = 0
) -> GroupBudget:
    """Group 1 on a disk of such a size that its target is so many GiB below what is used."""
    total = int(to_free_gib * GIB / ((used_pct - 75) / 100)) if used_pct > 75 else 1000 * GIB
    return GroupBudget(1, "/data", mode, Usage(int(total * used_pct / 100), total, 85, 75), in_flight)


_BUDGET = budget()


def plex(complete_at: datetime | None = NOW, **values: Any) -> TellingSource:
    """A Plex, number 9, whose plays were read."""
    known: dict[str, Any] = {
        "integration_id": 9,
        "name": "Plex",
        "type": IntegrationType.PLEX,
        "capability": Capability.PLAYS,
        "complete_at": complete_at,
        "partial": "",
        "failed_at": None,
        "error": "",
        "covers_since": None,
        "users": 0,
        "readable_users": 0,
    }
    return TellingSource(**(known | values))


def explained(
    evaluation: Evaluation,
    number: int,
    *,
    group: GroupBudget | None = _BUDGET,
    sources: tuple[TellingSource, ...] = (),
    telling: ItemTelling | None = None,
    queues: Queues | None = None,
    holds: tuple[OpenHold, ...] = (),
    let_through: Extent | None = None,
) -> Explanation:
    """The explanation of item `number`."""
    item = evaluation.ranked.filter(pl.col("id") == number)
    telling = telling or ItemTelling(seen_at=NOW, watch_states={}, plays=[])
    return told(evaluation, item, Known(telling, sources, queues or Queues(), group, holds, let_through=let_through))


def failed(explanation: Explanation) -> set[str]:
    """The codes of the gates that keep the item."""
    return {gate.code for gate in explanation.gates if not gate.passed}


def gate(explanation: Explanation, code: str) -> Gate:
    """One gate."""
    return next(one for one in explanation.gates if one.code == code)
