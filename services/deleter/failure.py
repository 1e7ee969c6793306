"""Why one attempt came to nothing, in the form in which it is stored and shown."""

from dataclasses import dataclass
from typing import Self

from libs.common.domain.target import InvalidTargetError
from libs.common.security.redaction import redact_text
from libs.common.security.secrets import SealError
from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamError
from libs.integrations.urls import BaseUrlError

EXPECTED = (UpstreamError, SealError, BaseUrlError, InvalidTargetError)
"""What an attempt may end with; anything else is a mistake of ours."""

INTERRUPTED = "interrupted"
INTERNAL = "internal"
UNKNOWABLE = "unknowable"
"""What became of a call, when there is nobody left to ask."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A sentence for people and a word for machines. `is_trouble`: the upstream itself is not well."""

    text: str
    error_class: str
    retry_after_s: float = 0.0
    is_trouble: bool = False

    @classmethod
    def of(cls, exc: Exception) -> Self:
        """From one of `EXPECTED`, or from an exception nobody foresaw, which is only named."""
        match exc:
            case UpstreamError():
                wait_s = exc.retry_after_s if isinstance(exc, UpstreamBusyError) else None
                return cls(redact_text(str(exc)), exc.error_class, wait_s or 0.0, exc.counts_as_down)
            case InvalidTargetError():
                return cls(str(exc), ErrorClass.REJECTED)
            case SealError() | BaseUrlError():
                return cls(redact_text(str(exc)), ErrorClass.BAD_ADDRESS)
            case _:
                return cls(f"an error of our own: {type(exc).__name__}", INTERNAL)
