"""Texts that come from outside, made safe by their type: an event is stored, streamed and sent to third parties."""

from typing import Annotated

from pydantic import AfterValidator

from libs.common.security.masking import origin_of
from libs.common.security.redaction import redact_text

_LONGEST = 1000


def _tell(text: str) -> str:
    told = redact_text(text)
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


ErrorText = Annotated[str, AfterValidator(_tell)]
"""What went wrong, without credentials and at most 1000 characters long."""

Origin = Annotated[str, AfterValidator(origin_of)]
"""An address reduced to scheme, host and port."""
