"""What a library holds, and how often it was played altogether."""

from collections import Counter
from typing import Any

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle
from libs.simulator.calls import Answer, Call, Refusal, as_json
from libs.simulator.jellystat.rows import stamp
from libs.simulator.jellystat.server import JellystatServer
from libs.simulator.jellystat.tables import table

_TYPES = {TitleKind.MOVIE: "Movie", TitleKind.TV: "Series"}


def library_items(here: JellystatServer, call: Call) -> Answer:
    """`POST /api/getLibraryItems`: everything it ever saw in the library."""
    return as_json([_item_row(here, title) for title in _held(here, call)])


def items_with_stats(here: JellystatServer, call: Call) -> Answer:
    """`POST /stats/getLibraryItemsWithStats`: counts without users or dates."""
    plays, seconds = Counter[int](), Counter[int]()
    for entry in here.entries():
        plays[entry.view.title] += 1
        seconds[entry.view.title] += entry.view.seconds

    def counted(title: ServerTitle) -> dict[str, Any]:
        counts = {"times_played": str(plays[title.native]), "total_play_time": str(seconds[title.native])}
        return _item_row(here, title) | counts

    return table(here, call, _held(here, call), counted)


def _held(here: JellystatServer, call: Call) -> list[ServerTitle]:
    wanted = call.fields().get("libraryid")
    sections = [each for each in here.media.sections.values() if here.native(each.number) == wanted]
    if not sections:
        raise Refusal(503, {"error": "No library with that id"})
    return [title for title in here.recording.titles() if title.section == sections[0].number]


def _item_row(here: JellystatServer, title: ServerTitle) -> dict[str, Any]:
    return {
        "Id": here.native(title.native),
        "Name": title.title,
        "ServerId": here.media.machine_id,
        "Type": _TYPES[title.kind],
        "ProductionYear": title.year,
        "ParentId": here.native(title.section),
        "DateCreated": stamp(int(title.added_at.timestamp())),
        "archived": title.native not in here.media.titles,
        "Size": str(title.size_bytes),
    }
