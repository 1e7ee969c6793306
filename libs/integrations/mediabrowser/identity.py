"""Tells the two servers apart, and whether their version is one that is understood."""

import re
from dataclasses import dataclass

from libs.common.domain.enums import IntegrationType
from libs.integrations.errors import ErrorClass, UpstreamConfusingError
from libs.integrations.loose import claim, text
from libs.integrations.mediabrowser.rows import InfoRow

_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Product:
    """One of the two servers. `oldest` is the first version, as major and minor, that is supported."""

    type: IntegrationType
    label: str
    oldest: tuple[int, int]


def require(product: Product, info: InfoRow) -> InfoRow:
    """The info, when this product in a version that is understood gave it. Raises `UpstreamConfusingError`."""
    found = _found(info)
    if found != product.label:
        raise UpstreamConfusingError(ErrorClass.WRONG_SERVICE, f"This is {found}, not {product.label}.")
    version = _VERSION.match(text(info.version))
    if version is None or (int(version[1]), int(version[2])) < product.oldest:
        oldest = f"{product.oldest[0]}.{product.oldest[1]}"
        message = f"{product.label} {text(info.version)} is older than the minimum {oldest}. Update it."
        raise UpstreamConfusingError(ErrorClass.UNSUPPORTED_VERSION, message)
    if claim(info.startup_wizard_completed) is False:
        message = f"{product.label} has not been set up yet. Finish its start-up wizard first."
        raise UpstreamConfusingError(ErrorClass.BAD_RESPONSE, message)
    return info


def _found(info: InfoRow) -> str:
    """Only Jellyfin and its relatives name themselves; Emby gives an id and a version and no name."""
    name = text(info.product_name)
    if not text(info.id) or not text(info.version):
        return name or "something else"
    if "jellyfin" in name.lower():
        return "Jellyfin"
    return name or "Emby"
