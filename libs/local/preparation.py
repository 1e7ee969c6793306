"""Has the database prepared by a short-lived child, so that the supervisor never carries what that needs."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import IO, Any

from libs.local.children import StartError, dies_with_us
from libs.local.patience import Question, never, wait_until

EXIT_SETTINGS = 2
"""With which every process of ours refuses settings, in one sentence each."""
_TIMEOUT_S = 600.0
"""Long, because a migration of a large database takes its time."""


class SettingsRejectedError(StartError):
    """A setting in the environment is wrong; the text names it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the child learned on its way."""

    has_owner: bool


def prepare_database(
    environment: dict[str, str], instances: list[dict[str, Any]], stopping: Question = never
) -> Prepared:
    """Check the settings, migrate, and connect `instances`. Raises `SettingsRejectedError` and `StartError`."""
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaint:
        process = _start(environment, instances, answer, complaint)
        try:
            ended = wait_until(lambda: process.poll() is not None, _TIMEOUT_S, stopping)
        finally:
            process.kill()
            process.wait()
        words = _content(complaint) or ("no word why" if ended else f"not done within {_TIMEOUT_S:.0f} s")
        if process.returncode == EXIT_SETTINGS:
            raise SettingsRejectedError(words)
        if process.returncode != 0:
            raise StartError(f"the database could not be prepared: {words}")
        return Prepared(has_owner=bool(json.loads(_content(answer))["hasOwner"]))


def _start(
    environment: dict[str, str], instances: list[dict[str, Any]], answer: IO[bytes], complaint: IO[bytes]
) -> subprocess.Popen[bytes]:
    with tempfile.TemporaryFile() as question:
        question.write(json.dumps(instances).encode())
        question.seek(0)
        return subprocess.Popen(  # noqa: S603  the command is our own
            dies_with_us([sys.executable, "-m", "libs.local.prepare"]),
            env=environment,
            stdin=question,
            stdout=answer,
            stderr=complaint,
            start_new_session=True,
        )


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").strip()
