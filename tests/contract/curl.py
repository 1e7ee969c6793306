"""Reads a curl command as people copy it from documentation, and carries it out."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template

import httpx


@dataclass
class CurlCall:
    """One request. Headers are what the command says; a body without a type goes out as curl would send it."""

    method: str = "GET"
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """Carry it out."""
        headers = dict(self.headers)
        if self.body is not None:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return await client.request(self.method, self.url, headers=headers, content=self.body)


def parse(command: str, environment: Mapping[str, str]) -> CurlCall:
    """The call a command means; what follows a pipe is for the eye. Raises `ValueError` for an unknown option."""
    words = shlex.split(command.replace("\\\n", " "))
    words = words[1 : words.index("|")] if "|" in words else words[1:]
    call = CurlCall()
    rest = iter(words)
    for word in rest:
        if word in {"-s", "-N"}:
            continue
        if word == "-X":
            call.method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(":")
            call.headers[name] = Template(value.strip()).substitute(environment)
        elif word == "-d":
            call.body = next(rest)
        elif word.startswith("-"):
            raise ValueError(f"unknown option {word}")
        else:
            call.url = Template(word).substitute(environment)
    return call
