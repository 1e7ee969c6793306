"""`getHistory`: the newest play of each thing by each user, from a list that is prepared now and then."""

from functools import partial

from libs.simulator.calls import Answer, Call
from libs.simulator.jellystat.rows import grouped_row
from libs.simulator.jellystat.server import Entry, JellystatServer
from libs.simulator.jellystat.tables import empty_table, is_within, period_of, table


def history(here: JellystatServer, call: Call) -> Answer:
    """A database that cannot be read looks like an empty one."""
    if here.history.settings.database_fails:
        return empty_table(call)
    groups, (earliest, latest) = _prepared(here, call), period_of(call)
    if earliest is not None or latest is not None:
        groups = [group for group in groups if is_within(group[0].written_at, earliest, latest)]
    return table(here, call, groups, partial(grouped_row, here))


def _prepared(here: JellystatServer, call: Call) -> list[list[Entry]]:
    """The list as it was when it was last prepared: plays since then are not in it."""
    age_s = here.history.settings.view_age_s
    if not age_s:
        return here.groups()
    until = call.at.timestamp() - age_s
    cut = ([entry for entry in group if entry.written_at <= until] for group in here.groups())
    return sorted((group for group in cut if group), key=lambda group: group[0].written_at, reverse=True)
