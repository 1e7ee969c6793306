"""Audit entries by show: seasons and episodes of one show stand together (api.md 2.16). Pure."""

import re
from collections.abc import Sequence
from typing import Any

_CUTS = (re.compile(r" - Season.*$", re.DOTALL), re.compile(r" - S.*$", re.DOTALL), re.compile(r" S\d+$"))
_PARTS_OF_SHOWS = frozenset({"season", "episode"})


def show_title(media_name: str) -> str:
    """The show's name: what stands before ` - Season`, ` - S` or a trailing ` S01`."""
    for cut in _CUTS:
        shortened = cut.sub("", media_name)
        if shortened != media_name:
            return shortened
    return media_name


def grouped(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Groups in order of their newest entry, then everything else. `entries` come newest first."""
    shows: dict[str, list[dict[str, Any]]] = {}
    singles = []
    for entry in entries:
        if entry["mediaType"] in _PARTS_OF_SHOWS:
            shows.setdefault(show_title(entry["mediaName"]), []).append(entry)
        else:
            singles.append({"type": "single", "entry": entry})
    return [{"type": "group", "group": _group(title, children)} for title, children in shows.items()] + singles


def _group(title: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    newest = children[0]
    return {
        "showTitle": title,
        "children": children,
        "totalSize": sum(child["sizeBytes"] for child in children),
        "action": newest["action"],
        "createdAt": newest["createdAt"],
    }
