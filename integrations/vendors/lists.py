"""Turning the items of one answer into records, and proving that a list is complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from integrations.remote import InconsistentList, Malformed

T = TypeVar("T")


@dataclass(slots=True)
class Batch(Generic[T]):
    """The items of one answer, each once: those that can be read, and those that cannot."""

    records: list[T] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def without(self, known: set[str]) -> Batch[T]:
        """What is left when the ids in `known` are taken out. Records carry their id as `.id`."""
        return Batch(
            [record for record in self.records if record.id not in known],  # type: ignore[attr-defined]
            [item for item in self.malformed if item.id not in known],
            [id_ for id_ in self.ids if id_ not in known],
        )


def decode_all(
    vendor: str,
    items: Iterable[Any],
    identify: Callable[[Any], str],
    decode: Callable[[Any], T],
) -> Batch[T]:
    """Decode item by item; a malformed one stays with its id. An id seen before is left out.

    `identify` and `decode` raise ValueError. Raises InconsistentList for an item without an id:
    nobody can tell which record that is, so the list proves nothing about any.
    """
    batch: Batch[T] = Batch()
    seen: set[str] = set()
    for item in items:
        try:
            id_ = identify(item)
        except ValueError as error:
            raise InconsistentList(vendor, f"an item without an id ({error})") from None
        if id_ not in seen:
            seen.add(id_)
            _add(batch, id_, item, decode)
    return batch


def _add(batch: Batch[T], id_: str, item: Any, decode: Callable[[Any], T]) -> None:
    batch.ids.append(id_)
    try:
        batch.records.append(decode(item))
    except (ValueError, OverflowError) as error:
        batch.malformed.append(Malformed(id_, str(error)))


def require_list(value: Any) -> Sequence[Any]:
    """Raises ValueError unless `value` is a JSON array."""
    if not isinstance(value, list):
        raise ValueError("not a list")
    return value
