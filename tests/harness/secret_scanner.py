"""Searches everything that a running product wrote for secrets, in every form in which they could have come out."""

import base64
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LEAST_LENGTH = 8
"""Shorter ones would be found by chance."""

_ALIGNMENTS = (0, 1, 2)
_AROUND = 40
_COLUMNS = text(
    """
    select c.table_name, c.column_name, c.data_type = 'bytea' as is_binary
      from information_schema.columns c
      join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
       and (c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'ARRAY', 'bytea', 'xml', 'name')
            or c.data_type = 'USER-DEFINED')
     order by c.table_name, c.ordinal_position
    """
)

Column = tuple[str, str]
"""Table and column."""


@dataclass(frozen=True)
class Leak:
    """Where a secret was found, which one, and in what form. `before` is what stands in front of it."""

    place: str
    secret: str
    form: str
    before: str


class SecretScanner:
    """Knows some secrets by name. What it finds does not repeat them."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        short = sorted(name for name, secret in secrets.items() if len(secret) < LEAST_LENGTH)
        if short:
            raise ValueError(f"too short to be searched for: {', '.join(short)}")
        self._forms = {name: tuple(forms_of(secret)) for name, secret in secrets.items()}

    @property
    def names(self) -> frozenset[str]:
        """The secrets that are searched for."""
        return frozenset(self._forms)

    def leaks(self, place: str, written: str, *, allowed: Collection[str] = ()) -> list[Leak]:
        """Every secret in the text but those that belong there, each form once."""
        folded = _bare(written)
        found = []
        for name in self.names - set(allowed):
            for form, value, is_exact in self._forms[name]:
                at = written.find(value) if is_exact else folded.find(_bare(value))
                if at >= 0:
                    found.append(Leak(place, name, form, (written if is_exact else folded)[max(0, at - _AROUND) : at]))
        return found

    async def table_leaks(self, conn: AsyncConnection, *, sealed: Collection[Column]) -> list[Leak]:
        """Every secret in any column that can hold text or bytes. Raises `ValueError` when a sealed one is unknown."""
        columns = [tuple(row) for row in await conn.execute(_COLUMNS)]
        missing = set(sealed) - {(table, column) for table, column, _ in columns}
        if missing:
            raise ValueError(f"there is no such column: {sorted(missing)}")
        found: list[Leak] = []
        for table, column, is_binary in columns:
            if (table, column) in sealed:
                continue
            value = f"encode(\"{column}\", 'escape')" if is_binary else f'"{column}"::text'
            rows = await conn.execute(text(f'select {value} from "{table}" where "{column}" is not null'))  # noqa: S608  names from the schema
            for (written,) in rows:
                found += self.leaks(f"table {table}.{column}", written)
        return found

    def file_leaks(self, folder: Path) -> list[Leak]:
        """Every secret in any file below the folder."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [
            leak
            for path in files
            for leak in self.leaks(f"file {path.relative_to(folder)}", path.read_bytes().decode("latin-1"))
        ]


def forms_of(secret: str) -> Iterator[tuple[str, str, bool]]:
    """How a secret may look in what is written: the form's name, the text, and whether upper and lower case count."""
    raw = secret.encode()
    yield "plain", secret, False
    yield "in a URL", quote(secret, safe=""), False
    yield "in a form", quote_plus(secret), False
    yield "every character in a URL", "".join(f"%{byte:02x}" for byte in raw), False
    yield "hex", raw.hex(), False
    for offset in _ALIGNMENTS:
        yield "base64", _within_base64(raw, offset, base64.b64encode), True
        yield "base64 for URLs", _within_base64(raw, offset, base64.urlsafe_b64encode), True


def _bare(written: str) -> str:
    """Without upper case, and without the backslashes that JSON in JSON in a log is full of."""
    return written.replace("\\", "").casefold()


def _within_base64(raw: bytes, offset: int, encode: Callable[[bytes], bytes]) -> str:
    """The characters that are the secret's alone when it stands so many bytes behind a group's begin."""
    encoded = encode(bytes(offset) + raw).decode()
    first = -(-offset * 8 // 6)
    return encoded[first : (offset + len(raw)) * 8 // 6]
