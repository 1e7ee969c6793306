"""How final it is when a disk group is cleaned without asking, as far as the last reads know. Pure."""

from collections.abc import Iterable

from libs.common.domain.enums import ACTS_ALONE, MEDIA_SOURCE_TYPES, ExecutionMode
from services.api.preflight.warnings import about_bin, about_folder
from services.api.rows import AnyRow


def warnings(mode: ExecutionMode, linked: Iterable[AnyRow]) -> list[str] | None:
    """Sentences, each with the name of its integration; None in modes in which a person looks, or nothing goes."""
    if mode not in ACTS_ALONE:
        return None
    found = []
    for source in linked:
        if source.enabled and source.type in MEDIA_SOURCE_TYPES:
            found.append(f"{source.name}: {about_bin(source.recycle_bin, source.recycle_bin_days)}")
            found += [f"{source.name}: {about_folder(path)}" for path in source.unreachable or ()]
    return found or None
