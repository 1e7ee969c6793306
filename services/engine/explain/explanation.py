"""One item explained: what was stored about it is read, and everything else follows from that."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from libs.common.db import Database
from libs.common.domain.enums import MediaType
from libs.common.messaging.engine_questions import Explanation, Place, Queues
from services.engine.evaluation import Evaluation
from services.engine.explain import queries
from services.engine.explain.arithmetic import arithmetic_of, matched_rules, score_if_played, score_unprotected
from services.engine.explain.case import Case, Relative, line_of
from services.engine.explain.evidence import Told, doubtful_sources, evidence_of
from services.engine.explain.gates import gates_of, holds_of, verdict
from services.engine.explain.outlook import Prospects, outlook
from services.engine.explain.queries import ItemTelling, OpenHold, TellingSource
from services.engine.mass_change import Extent, mass_change_of
from services.engine.preview.item import media_item
from services.engine.questions.budgets import GroupBudget, companions_of, load_budgets
from services.engine.rules.unknown import speaks_of_unknown
from services.engine.scoring.details import Explainer
from services.engine.selection.candidates import Selection, kept_back, select_candidates
from services.engine.selection.eligibility import Why, evidence_weights

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for one explanation."""

    telling: ItemTelling
    sources: Sequence[TellingSource]
    queues: Queues
    group: GroupBudget | None
    holds: Sequence[OpenHold]
    companions: frozenset[int] = frozenset()
    let_through: Extent | None = None


async def explain(db: Database, evaluation: Evaluation, integration_id: int, external_id: str) -> Explanation | None:
    """None when the evaluation, or by now the catalogue, holds no such item."""
    item = await asyncio.to_thread(_find, evaluation, integration_id, external_id)
    if item.is_empty():
        return None
    known = await _read(db, item)
    return None if known is None else await asyncio.to_thread(told, evaluation, item, known)


def _find(evaluation: Evaluation, integration_id: int, external_id: str) -> "pl.DataFrame":
    import polars as pl

    is_it = (pl.col("integration_id") == integration_id) & (pl.col("external_id") == external_id)
    return evaluation.ranked.filter(is_it)


async def _read(db: Database, item: "pl.DataFrame") -> Known | None:
    row = item.row(0, named=True)
    async with db.connect() as conn:
        telling = await queries.item_telling(conn, row["id"])
        if telling is None:
            return None
        budgets = await load_budgets(conn)
        group = next((one for one in budgets if one.id == row["disk_group_id"]), None)
        return Known(
            telling=telling,
            sources=await queries.source_states(conn),
            queues=await queries.queues_of(conn, row["integration_id"], row["external_id"]),
            group=group,
            companions=frozenset() if group is None else frozenset(companions_of(group, budgets)),
            holds=[] if group is None else await queries.open_holds(conn, group.id),
            let_through=None if group is None else await queries.unspent_release(conn, group.id),
        )


def told(evaluation: Evaluation, item: "pl.DataFrame", known: Known) -> Explanation:
    """The pure part. Blocks: call it from a thread."""
    facts = evaluation.facts
    row = item.row(0, named=True)
    evidence = Told(
        row=row,
        telling=known.telling,
        sources=known.sources,
        told_at=facts.guards.told_at,
        now=facts.now,
        max_age=timedelta(hours=facts.guards.evidence_max_age_hours),
    )
    case = _case(evaluation, item, known, doubtful_sources(evidence))
    gates = gates_of(case)
    prospects = Prospects(score_if_played(item, evaluation, facts.now), score_unprotected(item))
    explainer = Explainer(facts.weights, evaluation.applicability, evaluation.rules)
    shown = explainer.with_shares(item).select(item=media_item(), details=explainer.details()).row(0, named=True)
    return Explanation(
        item=shown["item"],
        score_details=shown["details"],
        protected=row[Why.PROTECTED],
        arithmetic=case.arithmetic,
        rules=tuple(case.rules),
        evidence=tuple(evidence_of(evidence)),
        gates=tuple(gates),
        holds=tuple(holds_of(gates)),
        place=_place(case),
        chosen=all(gate.passed for gate in gates),
        verdict=verdict(case, gates),
        outlook=tuple(outlook(case, gates, prospects)),
        queues=known.queues,
        scored_at=facts.now,
    )


def _case(evaluation: Evaluation, item: "pl.DataFrame", known: Known, doubtful: Sequence[str]) -> Case:
    facts, row = evaluation.facts, item.row(0, named=True)
    fresh, applicable = evidence_weights(facts.guards, evaluation.scoring)
    weights = item.select(fresh=fresh, applicable=applicable).row(0, named=True)
    group = known.group
    selection = None if group is None else _selected(evaluation.ranked, group, known.companions)
    return Case(
        row=row,
        now=facts.now,
        guards=facts.guards,
        arithmetic=arithmetic_of(item, evaluation.scoring),
        rules=matched_rules(item, evaluation.rules),
        fresh_weight=weights["fresh"],
        applicable_weight=weights["applicable"],
        queues=known.queues,
        relatives=_relatives(evaluation.ranked, item),
        group=group,
        line=None if group is None else line_of(evaluation.ranked, group.id, row["id"]),
        holds=known.holds,
        is_selected=selection is not None and row["id"] in selection.chosen["id"],
        kept_back=None if selection is None else kept_back(selection, row["unit"]),
        mass_change=None if selection is None else _mass_change(evaluation, selection, known),
        deletions_enabled=facts.safety.deletions_enabled,
        doubtful_sources=doubtful,
        doubtful_rules=_doubtful_rules(evaluation, item),
    )


def _doubtful_rules(evaluation: Evaluation, item: "pl.DataFrame") -> list[str]:
    guards, rules = evaluation.facts.guards, evaluation.rules
    oldest = guards.oldest_evidence(evaluation.facts.now)
    doubts = item.select(
        speaks_of_unknown([rule], guards.told_at, oldest).alias(str(place)) for place, rule in enumerate(rules)
    )
    found = doubts.row(0) if rules else ()
    return [rule.stored.sentence for rule, is_doubtful in zip(rules, found, strict=True) if is_doubtful]


def _mass_change(evaluation: Evaluation, selection: Selection, known: Known) -> str | None:
    """What would make a run stop and ask; None also where a person has let that much through."""
    found = mass_change_of(evaluation.ranked, selection, evaluation.facts.safety.max_delete_pct_per_run)
    if found is None or (known.let_through is not None and found.removed.is_within(known.let_through)):
        return None
    return found.sentence


def _selected(ranked: "pl.DataFrame", group: GroupBudget, companions: Collection[int]) -> Selection:
    return select_candidates(ranked, group.id, group.bytes_to_free, group.mode, companions=companions)


def _relatives(ranked: "pl.DataFrame", item: "pl.DataFrame") -> list[Relative]:
    """A show's seasons, or a season's show."""
    import polars as pl

    row = item.row(0, named=True)
    same = pl.col("integration_id") == row["integration_id"]
    if row["media_type"] == MediaType.SHOW:
        found = ranked.filter(same & (pl.col("parent_external_id") == row["external_id"])).sort("season_number")
    elif row["media_type"] == MediaType.SEASON:
        found = ranked.filter(same & (pl.col("external_id") == row["parent_external_id"]))
    else:
        return []
    reasons = [why for why in Why if why in ranked.columns and why not in _OF_A_FAMILY]
    return [
        Relative(one["title"], frozenset(why for why in reasons if one[why])) for one in found.iter_rows(named=True)
    ]


_OF_A_FAMILY = frozenset({Why.SHOW_HELD, Why.SEASON_HELD, Why.SEASONS_LISTED})
"""Reasons that come from relatives are told where they come from."""


def _place(case: Case) -> Place | None:
    group, line = case.group, case.line
    if group is None or line is None:
        return None
    usage = group.usage
    return Place(
        disk_group_id=group.id,
        mount_path=group.mount_path,
        mode=group.mode,
        used_pct=None if usage is None else usage.used_pct,
        threshold_pct=None if usage is None else usage.threshold_pct,
        target_pct=None if usage is None else usage.target_pct,
        bytes_to_free=group.bytes_to_free,
        bytes_in_flight=group.bytes_in_flight,
        rank=line.rank,
        items=line.items,
        position=line.position,
        bytes_before=line.bytes_before,
    )
