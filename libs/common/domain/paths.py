"""How mounts and item paths are compared: by whole segments, never by bare prefix (domain.md 4.5)."""

import re
from collections.abc import Iterable

_DRIVE = re.compile(r"^[A-Za-z]:(/|$)")


def normalise_path(path: str) -> str:
    """Forward slashes, no doubles (a UNC lead stays), no trailing slash except for `/`; an empty path stays empty."""
    slashed = path.strip().replace("\\", "/")
    unc = slashed.startswith("//") and not slashed.startswith("///")
    collapsed = re.sub(r"/{2,}", "/", slashed)
    trimmed = collapsed.rstrip("/") or ("/" if collapsed else "")
    return f"/{trimmed}" if unc and trimmed != "/" else trimmed


def path_key(path: str) -> str:
    """The form in which two paths are equal: normalised, and lower-cased for Windows drives (`D:/…`) only."""
    clean = normalise_path(path)
    return clean.lower() if _DRIVE.match(clean) else clean


def is_within(path: str, mount: str) -> bool:
    """True when `path` equals `mount` or lies below it at a path boundary. An empty path is within nothing.

    A share of another machine (`//nas/…`) is not on `/`.
    """
    inner, outer = path_key(path), path_key(mount)
    if not inner or not outer:
        return False
    if outer == "/":
        return inner.startswith("/") and not inner.startswith("//")
    return inner == outer or inner.startswith(f"{outer}/")


def most_specific(path: str, mounts: Iterable[str]) -> str | None:
    """The longest of `mounts` that contains `path`; `/` only when nothing else does."""
    return max((mount for mount in mounts if is_within(path, mount)), key=lambda m: len(path_key(m)), default=None)
