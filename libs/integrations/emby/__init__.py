"""Everything that is known about Emby alone (version 4)."""

from libs.integrations.emby.client import EmbyClient

__all__ = ["EmbyClient"]
