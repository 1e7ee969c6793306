"""Puts the parts of the rendered list together, in both encodings."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from libs.common.preview import parts
from services.engine.preview.former import Origin
from services.engine.preview.sheet import Part

_ZSTD_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Rendering:
    """The whole list twice: as one zstd frame, and as a gzip file of parts. `digest` and `size_bytes` are of its text.

    The plain text is never kept: whoever wants it gets it from the parts. By its origin the next rendering knows which
    of its texts still hold.
    """

    digest: str
    size_bytes: int
    zstd: Sequence[bytes]
    gzip: Sequence[bytes]
    origin: Origin = field(compare=False)

    @property
    def packed_items(self) -> Sequence[bytes]:
        """The parts of the gzip file that hold items."""
        return self.gzip[1:-1]

    @property
    def kept_bytes(self) -> int:
        """The memory it takes, about."""
        return sum(map(len, self.gzip)) + sum(map(len, self.zstd)) + self.origin.keys.nbytes


class Binding:
    """Takes the parts of items in their order."""

    def __init__(self) -> None:
        import zstandard

        self._digest = hashlib.sha256()
        self._checksum = self._size_bytes = 0
        self._frame = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
        self._zstd: list[bytes] = []
        self._gzip = [parts.pack_head()]
        self._read(b"[")

    def add(self, part: Part) -> None:
        """The next part."""
        self._read(part.text)
        self._gzip.append(part.packed)

    def bound(self, origin: Origin) -> Rendering:
        """The whole list, to which nothing is added any more."""
        self._read(b"]")
        self._zstd.append(self._frame.flush())
        tail = parts.pack_tail(self._checksum, self._size_bytes)
        zstd = [piece for piece in self._zstd if piece]
        return Rendering(self._digest.hexdigest()[:32], self._size_bytes, zstd, [*self._gzip, tail], origin)

    def _read(self, text: bytes) -> None:
        self._digest.update(text)
        self._checksum = zlib.crc32(text, self._checksum)
        self._size_bytes += len(text)
        self._zstd.append(self._frame.compress(text))
