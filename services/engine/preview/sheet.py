"""What is to be rendered: items by rank, and the words for one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from libs.common.preview import parts

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the list as text, and packed."""

    text: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class Sheet:
    """`wording` is the text of an item; it may say of each only what its own columns say."""

    items: "pl.DataFrame"
    wording: "pl.Expr"

    def parts(self, begin: int, end: int) -> list[Part]:
        """The parts of the items from `begin`, which is where a part begins, up to `end`."""
        texts = self._texts(self.items.slice(begin, end - begin))
        return [Part(text, parts.pack(text)) for text in parts.text_parts(texts, is_first=begin == 0)]

    def texts(self, places: Sequence[int]) -> list[bytes]:
        """The texts of the items at these places, from 0."""
        return self._texts(self.items[places]) if places else []

    def _texts(self, items: "pl.DataFrame") -> list[bytes]:
        import polars as pl

        return items.select(self.wording.cast(pl.Binary)).to_series().to_list()
