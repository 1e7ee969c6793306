"""The libraries, and what they hold with counts of plays."""

from collections import Counter
from typing import Any

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import ServerTitle
from libs.simulator.calls import Answer, Call
from libs.simulator.pages import page_of
from libs.simulator.tautulli.server import TautulliServer, failure, success

_TYPES = {TitleKind.MOVIE: "movie", TitleKind.TV: "show"}


def sections(here: TautulliServer, _: Call) -> Answer:
    """`get_libraries`; counts are texts."""
    held = Counter(title.section for title in here.plex.titles.values())
    return success(
        [
            {
                "section_id": str(section.number),
                "section_name": section.name,
                "section_type": _TYPES[section.kind],
                "agent": "tv.plex.agents.movie" if section.kind is TitleKind.MOVIE else "tv.plex.agents.series",
                "count": str(held[section.number]),
                "is_active": 1,
            }
            for section in here.plex.sections.values()
        ]
    )


def media_info(here: TautulliServer, call: Call) -> Answer:
    """`get_library_media_info`: one section in pages; what was never played has no count."""
    section = call.text("section_id")
    if section is None or not section.isdecimal() or int(section) not in here.plex.sections:
        return failure("Unable to retrieve data from section_id")
    held = [title for title in here.plex.titles.values() if title.section == int(section)]
    start, length = int(call.text("start") or 0), int(call.text("length") or 25)
    page, total = page_of(held, call, start=start, size=length)
    counts, newest = Counter[int](), dict[int, int]()
    for view in here.recording.plays():
        counts[view.title] += 1
        newest.setdefault(view.title, view.at)
    return success(
        {
            "draw": 1,
            "last_refreshed": int(here.world.clock.now().timestamp()),
            "recordsTotal": len(held),
            "recordsFiltered": total,
            "filtered_file_size": sum(title.size_bytes for title in held),
            "total_file_size": sum(title.size_bytes for title in held),
            "data": [_row(title, counts[title.native], newest.get(title.native)) for title in page],
        }
    )


def _row(title: ServerTitle, plays: int, last_played: int | None) -> dict[str, Any]:
    return {
        "section_id": title.section,
        "section_type": _TYPES[title.kind],
        "added_at": str(int(title.added_at.timestamp())),
        "media_type": _TYPES[title.kind],
        "rating_key": str(title.native),
        "parent_rating_key": "",
        "grandparent_rating_key": "",
        "title": title.title,
        "sort_title": title.title,
        "year": str(title.year),
        "media_index": "",
        "parent_media_index": "",
        "thumb": f"/library/metadata/{title.native}/thumb/1",
        "container": "mkv",
        "file_size": title.size_bytes,
        "last_played": last_played,
        "play_count": plays or None,
    }
