"""The posters of one title: what the agent found, what was uploaded, and which one is chosen."""

import hashlib
from dataclasses import dataclass, field

UPLOADED = "upload://posters/"
_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


def content_type(image: bytes) -> str | None:
    """The kind of a picture, by its first bytes; None when it is none."""
    return next((kind for start, kind in _KINDS.items() if image.startswith(start)), None)


@dataclass
class Poster:
    """A candidate: its key, and its bytes as far as the server has them."""

    key: str
    provider: str
    image: bytes


@dataclass
class Artwork:
    """The candidates, uploads first. `unseen` uploads are not in the list yet: it lags behind by one read."""

    posters: list[Poster]
    selected: str
    updated_at: int
    unseen: set[str] = field(default_factory=set)

    def upload(self, image: bytes) -> Poster:
        """Add a picture and choose it. The same bytes again make no second candidate."""
        key = f"{UPLOADED}{hashlib.sha1(image, usedforsecurity=False).hexdigest()}"
        known = self.find(key)
        if known is not None:
            self.select(known)
            return known
        poster = Poster(key, "", image)
        self.posters.insert(0, poster)
        self.unseen.add(key)
        self.select(poster)
        return poster

    def select(self, poster: Poster) -> None:
        """Make a candidate the poster; the address of the picture changes."""
        self.selected = poster.key
        self.updated_at += 1

    def find(self, key: str) -> Poster | None:
        """The candidate of that key."""
        return next((poster for poster in self.posters if poster.key == key), None)

    def listed(self) -> list[Poster]:
        """What a read of the candidates shows now; the next one shows the uploads this one left out."""
        shown = [poster for poster in self.posters if poster.key not in self.unseen]
        self.unseen.clear()
        return shown

    @property
    def current(self) -> Poster:
        """The chosen one."""
        return next(poster for poster in self.posters if poster.key == self.selected)
