"""When one run would take too much of a disk group at once (maxDeletePctPerRun), and what a person has let through."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from libs.common.domain.enums import MediaType
from services.engine.selection.candidates import Selection

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Extent:
    """Items and their bytes together."""

    items: int
    size_bytes: int

    def is_within(self, other: "Extent") -> bool:
        """Whether neither number is larger."""
        return self.items <= other.items and self.size_bytes <= other.size_bytes


@dataclass(frozen=True, slots=True)
class MassChange:
    """A run that would remove a larger share of a group's items or bytes than `max_pct`."""

    removed: Extent
    whole: Extent
    max_pct: int

    @property
    def sentence(self) -> str:
        """What would happen, in the figures that a person confirms."""
        return (
            f"would remove {self.removed.items} of {self.whole.items} items ({self._items_pct:.1f} %) and "
            f"{self._gib(self.removed)} of {self._gib(self.whole)} GB ({self._bytes_pct:.1f} %) at once, more than "
            f"{self.max_pct} %"
        )

    @property
    def details(self) -> dict[str, Any]:
        """The same for machines. `released` reads it back."""
        return {
            "items": self.removed.items,
            "itemsTotal": self.whole.items,
            "itemsPct": round(self._items_pct, 1),
            "bytes": self.removed.size_bytes,
            "bytesTotal": self.whole.size_bytes,
            "bytesPct": round(self._bytes_pct, 1),
            "maxDeletePctPerRun": self.max_pct,
        }

    @property
    def share_pct(self) -> float:
        """Of items or of bytes, whichever is larger."""
        return max(self._items_pct, self._bytes_pct)

    @property
    def _items_pct(self) -> float:
        return self.removed.items * 100 / self.whole.items if self.whole.items else 0.0

    @property
    def _bytes_pct(self) -> float:
        return self.removed.size_bytes * 100 / self.whole.size_bytes if self.whole.size_bytes else 0.0

    @staticmethod
    def _gib(extent: Extent) -> str:
        return f"{extent.size_bytes / 1024**3:.1f}"


def mass_change(removed: Extent, whole: Extent, max_pct: int) -> MassChange | None:
    """The reason to stop and ask, or None. Exactly `max_pct` (1 to 100) may go; at 100 everything may."""
    too_many = removed.items * 100 > whole.items * max_pct
    too_large = removed.size_bytes * 100 > whole.size_bytes * max_pct
    return MassChange(removed, whole, max_pct) if too_many or too_large else None


def largest_change(
    ranked: "pl.DataFrame", going: Collection[int], disk_group_ids: Iterable[int], max_pct: int
) -> MassChange | None:
    """The change that takes the largest share of one of these groups, if that is too much.

    `going` are the ids of all items that the run removes, those that it has queued already among them: a collection
    may reach into other groups.
    """
    import polars as pl

    leaving = ranked.filter(pl.col("id").is_in(list(going)))
    found = [
        change
        for place in disk_group_ids
        if (change := mass_change(extent_on(leaving, place), extent_on(ranked, place), max_pct)) is not None
    ]
    return max(found, key=lambda change: change.share_pct, default=None)


def mass_change_of(
    ranked: "pl.DataFrame", selection: Selection, max_pct: int, *, taken: Collection[int] = ()
) -> MassChange | None:
    """The reason to stop and ask before a selection is carried out. `taken` has been queued before it in the run."""
    going = [*taken, *selection.chosen["id"]]
    places = selection.chosen["disk_group_id"].unique(maintain_order=True).drop_nulls()
    return largest_change(ranked, going, places, max_pct)


def released(details: Mapping[str, Any]) -> Extent:
    """What a person let through by releasing a breaker with these details: nothing, where they do not say."""
    items, size = details.get("items"), details.get("bytes")
    return Extent(items if isinstance(items, int) else 0, size if isinstance(size, int) else 0)


def extent_on(items: "pl.DataFrame", disk_group_id: int) -> Extent:
    """What of these lies on a disk group. A show whose seasons are listed is made of them, and not counted as well."""
    import polars as pl

    group = items.filter(pl.col("disk_group_id") == disk_group_id)
    seasons = group.filter(pl.col("media_type") == MediaType.SEASON.value).select(
        "integration_id", external_id="parent_external_id"
    )
    apart = group.join(seasons, on=["integration_id", "external_id"], how="anti")
    return Extent(apart.height, int(apart["size_bytes"].sum() or 0))
