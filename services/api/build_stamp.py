"""Which build this is. Images write `build_stamp.json` beside this file; a checkout has none."""

import json
from dataclasses import dataclass
from pathlib import Path

_STAMP = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class Build:
    """What `/version` shows."""

    version: str = "dev"
    commit: str = "unknown"
    date: str = "unknown"


def read_build(stamp: Path = _STAMP) -> Build:
    """The stamp of this build, or the words for an unstamped one."""
    if not stamp.exists():
        return Build()
    values = json.loads(stamp.read_text())
    return Build(values["version"], values["commit"], values["buildDate"])
