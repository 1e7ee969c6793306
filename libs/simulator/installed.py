"""What every installed system has: where it lives and which key opens it."""

import msgspec

from libs.common.domain.enums import IntegrationType


class Installed(msgspec.Struct, kw_only=True):
    """One installed system, living under its URL base."""

    key: str
    kind: IntegrationType
    name: str
    api_key: str

    @property
    def url_base(self) -> str:
        """The path prefix of every address of this system."""
        return f"/{self.key}"
