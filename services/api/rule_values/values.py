"""What a rule about a field can compare with: fixed, told by sources already, or asked of the source now."""

from typing import Literal, cast

from libs.common.domain.enums import MEDIA_SOURCE_TYPES
from libs.common.messaging import questions
from services.api.bus import ask_sync
from services.api.errors import BadInputError, MissingError, UpstreamFailedError
from services.api.gateway import Gateway
from services.api.integrations.queries import integration
from services.api.rule_values import queries
from services.api.rule_values.fixed import FIXED, GENRES, LANGUAGE_IN_WORDS, choices
from services.api.rule_values.wire import Closed, Combobox, RuleValues

_TOLD = {"label": queries.labels, "collection": queries.collections}
_OF_A_LIBRARY = ("quality", "tag", "language", "genre")
"""These need an integration that holds items; all but the genres are asked of it."""

ACTIONS = (*FIXED, *_TOLD, *_OF_A_LIBRARY)


async def rule_values(gateway: Gateway, integration_id: int, action: str) -> RuleValues:
    """Raises `BadInputError`, `MissingError`, `UnavailableError`; `UpstreamFailedError` with the source's trouble."""
    name = action.strip().lower()
    if name not in ACTIONS:
        raise BadInputError(
            f"action: there are no values for {action[:100]!r}; use one of {', '.join(sorted(ACTIONS))}"
        )
    if name in FIXED:
        return FIXED[name]
    if name in _TOLD:
        async with gateway.db.connect() as conn:
            return Combobox(suggestions=choices(*await _TOLD[name](conn)))
    await _require_library(gateway, integration_id)
    return GENRES if name == "genre" else await _asked(gateway, integration_id, name)


async def _require_library(gateway: Gateway, integration_id: int) -> None:
    async with gateway.db.connect() as conn:
        row = await integration(conn, integration_id)
    if row is None:
        raise MissingError(f"there is no integration {integration_id}")
    if row.type not in MEDIA_SOURCE_TYPES:
        raise BadInputError(f"integration_id: {row.type} has no rule values")


async def _asked(gateway: Gateway, integration_id: int, name: str) -> RuleValues:
    matter = cast("Literal['quality', 'tag', 'language']", name)
    found = await ask_sync(
        gateway.broker,
        questions.RULE_VALUES,
        questions.AskRuleValues(integration_id=integration_id, matter=matter),
        questions.RuleValuesFound,
        questions.VALUES_TIMEOUT_S,
    )
    if found.error:
        raise UpstreamFailedError(found.error)
    if name == "tag":
        return Combobox(suggestions=choices(*found.values))
    if name == "language" and not found.values:
        return LANGUAGE_IN_WORDS
    return Closed(options=choices(*found.values))
