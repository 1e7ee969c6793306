"""Our own checks over the syntax tree: what reviews kept repeating (run as `python scripts/checks/house_rules.py`).

A line ends a rule's say over it with `# house: <rule> <reason>`.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("libs", "services")
MIGRATIONS = Path("libs/common/db/migrations/versions")
_ALLOW = re.compile(r"# house: (?P<rule>[a-z-]+) \S")
_BAD_NAMES = {"utils", "util", "helpers", "helper", "manager", "misc", "core", "common_utils"}
_NUDGE_CALLS = {"subscriber"}


class Finding(NamedTuple):
    """One broken rule at one place."""

    path: Path
    line: int
    rule: str
    message: str


class Source(NamedTuple):
    """A parsed file and its path relative to the project."""

    path: Path
    tree: ast.Module
    lines: list[str]


Rule = Callable[[Source], Iterator[Finding]]


def clock_only(source: Source) -> Iterator[Finding]:
    """Business time comes from the clock: nobody else asks the machine."""
    if source.path == Path("libs/common/clock.py"):
        return
    for call in _calls(source.tree):
        if _dotted(call.func) in {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}:
            yield Finding(source.path, call.lineno, "clock", "take the time from libs.common.clock")


def client_in_app_only(source: Source) -> Iterator[Finding]:
    """An HTTP client is handed in; it is built where a process is put together, or in the upstream door."""
    if source.path.name == "app.py" or source.path.parts[:2] == ("libs", "integrations"):
        return
    for call in _calls(source.tree):
        if _dotted(call.func) in {"httpx.AsyncClient", "AsyncClient", "httpx.Client"}:
            yield Finding(source.path, call.lineno, "client", "build the HTTP client in app.py and hand it in")


def subscriber_settles(source: Source) -> Iterator[Finding]:
    """A JetStream subscriber says how it acknowledges: the default loses a message at the first exception."""
    for call in _calls(source.tree):
        given = {keyword.arg for keyword in call.keywords}
        if _method(call) in _NUDGE_CALLS and "stream" in given and "ack_policy" not in given:
            yield Finding(source.path, call.lineno, "ack-policy", "subscriber(stream=…) needs ack_policy=")


def publish_names_stream(source: Source) -> Iterator[Finding]:
    """A publish without `stream=` is fire and forget, also when no stream listens."""
    for call in _calls(source.tree):
        owner = _dotted(call.func)
        given = {keyword.arg for keyword in call.keywords}
        if owner.endswith("broker.publish") and "stream" not in given:
            yield Finding(source.path, call.lineno, "publish-stream", "broker.publish needs stream= to be acknowledged")


def no_swallowing(source: Source) -> Iterator[Finding]:
    """An `except` whose body does nothing hides what happened."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and all(isinstance(line, ast.Pass) for line in node.body):
            yield Finding(source.path, node.lineno, "swallow", "use contextlib.suppress with a narrow class, or act")


def answer_is_kept(source: Source) -> Iterator[Finding]:
    """A route that changes something hands its answer to its transaction, which keeps it under an Idempotency-Key."""
    names = {alias.name for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    if "Changing" not in names:
        return
    for call in _calls(source.tree):
        if _dotted(call.func) == "APIRouter" and "route_class" not in {keyword.arg for keyword in call.keywords}:
            yield Finding(
                source.path, call.lineno, "kept-answer", "a router with Changing needs route_class=ChangingRoute"
            )


def module_says_what(source: Source) -> Iterator[Finding]:
    """A module's first line says what it knows that no other does. Migrations and empty packages are exempt."""
    if "migrations" in source.path.parts or not source.tree.body:
        return
    if ast.get_docstring(source.tree) is None:
        yield Finding(source.path, 1, "module-doc", "say in one sentence what this file knows")


def field_names(source: Source) -> Iterator[Finding]:
    """A file is named after what it holds."""
    if source.path.stem in _BAD_NAMES:
        yield Finding(source.path, 1, "file-name", f"{source.path.stem!r} says nothing about what the file holds")


RULES: tuple[Rule, ...] = (
    clock_only,
    client_in_app_only,
    subscriber_settles,
    publish_names_stream,
    no_swallowing,
    answer_is_kept,
    module_says_what,
    field_names,
)


def check(path: Path, text: str) -> list[Finding]:
    """Every rule over one file; `path` is relative to the project. Lines with an allowance are left out."""
    source = Source(path, ast.parse(text), text.splitlines())
    found = [finding for rule in RULES for finding in rule(source)]
    return [finding for finding in found if not _allowed(finding, source.lines)]


def migrations_in_a_row(names: Iterable[str]) -> Iterator[Finding]:
    """Their file names count from 1: two of one number, made side by side, cannot be carried out."""
    for number, name in enumerate(sorted(names), 1):
        if not name.startswith(f"{number:04}_"):
            yield Finding(MIGRATIONS / name, 1, "migration-number", f"number it {number:04}, behind the one before")
            return


def _allowed(finding: Finding, lines: list[str]) -> bool:
    line = lines[finding.line - 1] if finding.line <= len(lines) else ""
    match = _ALLOW.search(line)
    return match is not None and match["rule"] == finding.rule


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def main() -> int:
    """Print every finding; 1 when there is one."""
    findings = list(migrations_in_a_row(path.name for path in (ROOT / MIGRATIONS).glob("*.py")))
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            findings += check(path.relative_to(ROOT), path.read_text())
    for finding in findings:
        print(f"{finding.path}:{finding.line}: {finding.rule}: {finding.message}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
