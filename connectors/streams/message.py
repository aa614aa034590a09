"""One message of a stream becomes a row: a JSON record, and what stands beside it; anything else is a misfit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connectors.dotted import NOTHING, reach
from connectors.options import unknown_fields
from connectors.protocol import WHOLE_ROW, Batch, Misfit
from connectors.records import Rows, Seen, parse, type_of, unreadable
from schemas.dataset import Dataset, Json, Load

BATCH = 20_000
"""Messages in one batch, or…"""
CHARACTERS = 32 << 20
"""…as many characters."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Told = Mapping[str, bytes | str | None]
"""What stands beside a message, e.g. its key."""


@dataclass(slots=True)
class Reader:
    """Takes messages and hands them on in batches."""

    dataset: Dataset
    record: str
    """Dotted path of the record inside a value."""
    optional: tuple[str, ...]
    beside: Mapping[str, str]
    """Field -> what beside the message it takes."""
    seen: Seen = field(init=False)
    _rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        self.seen = Seen(self.dataset, frozenset(self.beside))
        self._rows = Rows(self.dataset, self.optional)

    @property
    def waiting(self) -> bool:
        """Whether there is something to hand on."""
        return len(self._rows) > 0

    @property
    def full(self) -> bool:
        """Whether it is time to."""
        return len(self._rows) >= BATCH or self._rows.size >= CHARACTERS

    def batch(self, piece: str) -> Batch:
        """All that was taken since the last one."""
        return self._rows.batch(piece)

    def take(self, place: int, value: bytes | None, told: Told) -> None:
        """One message; a tombstone (no value) is a row of what stands beside it, where a field takes `tombstone`."""
        beside = self._beside(place, value or b"", told)
        if isinstance(beside, Misfit):
            self._rows.refuse(beside)
        elif value is None:
            self._bury(place, beside)
        else:
            self._take(place, value, beside)

    def _take(self, place: int, value: bytes, beside: Mapping[str, str | None]) -> None:
        try:
            body: Json = parse(value)
        except (ValueError, RecursionError) as wrong:
            self._rows.refuse(unreadable(place, value, f"no JSON: {wrong}"))
            return
        record = reach(body, self.record) if self.record and isinstance(body, dict) else body
        if not isinstance(record, dict):
            found = "nothing" if record is NOTHING else f"an {type_of(record)}"
            where = f" at {self.record!r}" if self.record else ""
            self._rows.refuse(unreadable(place, value, f"found {found}{where}, expected an object of JSON"))
            return
        self.seen.look(record)
        self._rows.add(place, record, beside)

    def _bury(self, place: int, beside: Mapping[str, str | None]) -> None:
        if "tombstone" not in self.beside.values():
            key = next((beside[name] for name, of in self.beside.items() if of == "key"), "") or ""
            why = (
                "a tombstone (no value): its key was deleted; name a field for `tombstone` in options.beside to land it"
            )
            self._rows.refuse(Misfit(place, WHOLE_ROW, "", why, key))
            return
        nothing: dict[str, str | None] = dict.fromkeys(f.name for f in self.dataset.fields)
        self._rows.add(place, {}, nothing | dict(beside))

    def _beside(self, place: int, value: bytes, told: Told) -> dict[str, str | None] | Misfit:
        found: dict[str, str | None] = {}
        for name, of in self.beside.items():
            one = told.get(of)
            try:
                found[name] = one.decode() if isinstance(one, bytes) else one
            except UnicodeDecodeError:
                wrong = unreadable(place, value, f"its {of} is no UTF-8: {one!r}")
                return Misfit(place, name, repr(one)[:80], wrong.reason, wrong.raw)
        return found


def moment_text(milliseconds: int) -> str:
    """Milliseconds since 1970 as ISO 8601 in UTC."""
    return (EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")


def message_mistakes(
    dataset: Dataset, beside: Mapping[str, str], optional: tuple[str, ...], valid: tuple[str, ...], headers: bool
) -> tuple[str, ...]:
    """Mistakes of a stream's options against the fields; its load must be append, since a window is not the whole."""
    strange = [
        f"options.beside.{name}: found {of!r}, expected one of {', '.join(valid)}{' or header:NAME' if headers else ''}"
        for name, of in beside.items()
        if of not in valid and not (headers and of.startswith("header:"))
    ]
    load = (
        []
        if dataset.source.load is Load.APPEND
        else [f"load: found {dataset.source.load}, expected append: a window adds its messages"]
    )
    return (
        *unknown_fields(dataset, "beside", tuple(beside)),
        *unknown_fields(dataset, "optional", optional),
        *strange,
        *load,
    )
