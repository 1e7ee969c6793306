"""What can go wrong at an upstream, sorted by what the caller can do about it."""

from enum import StrEnum


class ErrorClass(StrEnum):
    """What happened, for machines; stored with a failed read and shown beside its sentence."""

    AUTH = "auth"
    FORBIDDEN = "forbidden"
    API_DISABLED = "api_disabled"
    NOT_FOUND = "not_found"
    GONE = "gone"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    STARTING = "starting"
    TIMEOUT = "timeout"
    DNS = "dns"
    REFUSED = "refused"
    ADDRESS_REFUSED = "address_refused"
    BAD_ADDRESS = "bad_address"
    TLS = "tls"
    LOGIN_PAGE = "login_page"
    HTML_PAGE = "html_page"
    REDIRECT_OTHER_HOST = "redirect_other_host"
    BAD_JSON = "bad_json"
    BAD_RESPONSE = "bad_response"
    WRONG_SERVICE = "wrong_service"
    UNSUPPORTED_VERSION = "unsupported_version"
    INCOMPLETE = "incomplete"
    ROOT_FOLDER_MISSING = "root_folder_missing"
    REJECTED = "rejected"
    PLAN_OUTDATED = "plan_outdated"


_NOT_DOWN = frozenset(
    {
        ErrorClass.GONE,
        ErrorClass.RATE_LIMITED,
        ErrorClass.STARTING,
        ErrorClass.INCOMPLETE,
        ErrorClass.ROOT_FOLDER_MISSING,
        ErrorClass.REJECTED,
        ErrorClass.PLAN_OUTDATED,
    }
)
"""Answers of a system that is up: they do not count towards "integration down"."""

_PASSING = frozenset(
    {
        ErrorClass.RATE_LIMITED,
        ErrorClass.SERVER_ERROR,
        ErrorClass.STARTING,
        ErrorClass.TIMEOUT,
        ErrorClass.DNS,
        ErrorClass.REFUSED,
        ErrorClass.BAD_JSON,
        ErrorClass.BAD_RESPONSE,
        ErrorClass.INCOMPLETE,
    }
)
"""What may heal without anybody doing anything."""


class UpstreamError(Exception):
    """One call that did not bring what it was for. Its text is for people: no key, no query string, no body."""

    def __init__(self, error_class: ErrorClass, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.error_class = error_class
        self.status = status

    @property
    def counts_as_down(self) -> bool:
        """True when the health of the integration suffers."""
        return self.error_class not in _NOT_DOWN

    @property
    def retryable(self) -> bool:
        """True when the same call may succeed later without anybody doing anything."""
        return self.error_class in _PASSING


class UpstreamUnreachableError(UpstreamError):
    """No connection, no answer in time, or an internal error of the upstream. Try again later."""


class UpstreamBusyError(UpstreamError):
    """The upstream limits requests. `retry_after_s` is what it asked for, at most a minute; None: it did not say."""

    def __init__(self, message: str, *, retry_after_s: float | None) -> None:
        super().__init__(ErrorClass.RATE_LIMITED, message, status=429)
        self.retry_after_s = retry_after_s


class UpstreamDeniedError(UpstreamError):
    """Key, permission, address, certificate or proxy: a person must act."""


class UpstreamConfusingError(UpstreamError):
    """Another product, another version, or an answer that cannot be read. Nothing of it may be used."""


class UpstreamIncompleteError(UpstreamError):
    """Only a part could be read, or two answers contradict each other. Nothing of it may be used; ask again later."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorClass.INCOMPLETE, message)


class UpstreamGoneError(UpstreamError):
    """The item is no longer known to the upstream."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorClass.GONE, message, status=404)


class UpstreamRefusedError(UpstreamError):
    """The upstream understood a change and declined it: `root_folder_missing` holds its jobs, `rejected` is final."""


class OutcomeUnknownError(UpstreamError):
    """A change was sent and no clear answer came: it may have happened. Ask the upstream before anything else."""

    @property
    def retryable(self) -> bool:
        """Never: a blind repetition could act twice."""
        return False


class PlanOutdatedError(UpstreamError):
    """The files are not the ones the deletion was planned on. Nothing was deleted; plan again."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorClass.PLAN_OUTDATED, message)


class MissingCapabilityError(UpstreamError):
    """A client was asked for something its system cannot do: a mistake of ours, never an empty answer."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorClass.REJECTED, message)
