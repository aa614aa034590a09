"""Checks an exported ledger with the standard library alone: copy this one file to any machine and run it.

    python ledger_verify.py EXPORT [SIZE HASH]

The export is JSON Lines: one receipt a line, in order, then one line for the head. A receipt's `hash` is the sha256
of the hash before it (64 zeros for the first), a line feed, and its `body`, which is canonical JSON: keys sorted, no
spaces, UTF-8. SIZE and HASH are a head that somebody noted earlier: nothing up to it may have changed since.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ZEROS = "0" * 64


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One receipt as it stands in the ledger."""

    index: int
    number: str
    at: str
    body: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """How many receipts there are, and the hash of the last."""

    size: int
    hash: str


@dataclass(frozen=True, slots=True, order=True)
class Wrong:
    """One thing that is wrong, and where."""

    index: int
    kind: str
    said: str


def canonical(body: Any) -> str:
    """The one spelling of a body that is hashed."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(previous: str, body: str) -> str:
    """Hash of a receipt: of the one before and of its body."""
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def verify(entries: Iterable[Entry], head: Head | None, known: Head | None = None) -> tuple[Wrong, ...]:
    """Everything that is wrong, by index: `changed`, `missing`, `reordered`, `unreadable`; nothing when all is well."""
    kept = list(entries)
    wrong = [*_gaps(kept, head), *_tail(kept, head), *_known(kept, known)]
    for entry in kept:
        wrong += _alone(entry)
    places = {}
    if any(entry.previous != before.hash for before, entry in _pairs(kept)):
        places = {entry.hash: entry.index for entry in kept}
    wrong += _order(kept, places, {one.index for one in wrong})
    return tuple(sorted(set(wrong)))


def _pairs(entries: list[Entry]) -> Iterator[tuple[Entry, Entry]]:
    start = Entry(-1, "", "", "", "", ZEROS)
    return zip([start, *entries], entries, strict=False)


def _gaps(entries: list[Entry], head: Head | None) -> Iterator[Wrong]:
    expected = 0
    for entry in entries:
        if entry.index > expected:
            yield _lost(expected, entry.index)
        elif entry.index < expected:
            yield Wrong(entry.index, "reordered", f"receipt {entry.index} stands after receipt {expected - 1}")
        expected = max(expected, entry.index + 1)
    if head is not None and head.size > expected:
        yield _lost(expected, head.size)


def _lost(first: int, end: int) -> Wrong:
    which = f"receipt {first} is" if end == first + 1 else f"receipts {first} to {end - 1} are"
    return Wrong(first, "missing", f"{which} not there")


def _tail(entries: list[Entry], head: Head | None) -> Iterator[Wrong]:
    size = max((entry.index for entry in entries), default=-1) + 1
    if head is None:
        yield Wrong(size, "missing", "the head is not there: nobody can say whether receipts were cut off the end")
    elif head.size < size:
        yield Wrong(head.size, "changed", f"the head counts {head.size} receipts, there are {size}")
    elif head.size == size and size and entries[-1].hash != head.hash:
        yield Wrong(size - 1, "changed", "the last receipt is not the one whose hash the head holds")


def _known(entries: list[Entry], known: Head | None) -> Iterator[Wrong]:
    if known is None or known.size == 0:
        return
    then = next((entry for entry in entries if entry.index == known.size - 1), None)
    if then is None:
        yield Wrong(known.size - 1, "missing", f"an earlier head counted {known.size} receipts")
    elif then.hash != known.hash:
        yield Wrong(known.size - 1, "changed", "an earlier head holds another hash for this receipt")


def _alone(entry: Entry) -> Iterator[Wrong]:
    """What one receipt shows by itself."""
    try:
        body = json.loads(entry.body)
    except ValueError:
        yield Wrong(entry.index, "unreadable", f"receipt {entry.index}: its body is no JSON")
        return
    if chained(entry.previous, entry.body) != entry.hash:
        yield Wrong(entry.index, "changed", f"receipt {entry.index}: its hash is not that of its body")
    elif not isinstance(body, dict) or (body.get("number"), body.get("at")) != (entry.number, entry.at):
        yield Wrong(entry.index, "changed", f"receipt {entry.index}: its number or moment is not that of its body")


def _order(entries: list[Entry], places: dict[str, int], flagged: set[int]) -> Iterator[Wrong]:
    """Receipts that do not follow the one before: moved from elsewhere, or the one before was changed whole."""
    belongs: dict[int, int] = {}
    for before, entry in _pairs(entries):
        if entry.previous in (before.hash, chained(before.previous, before.body)) or before.index + 1 < entry.index:
            continue
        if not places.keys() & {entry.previous} and entry.previous != ZEROS:
            if before.index not in flagged and entry.index not in flagged:
                yield Wrong(
                    before.index, "changed", f"receipt {before.index} is not the one that receipt {entry.index} follows"
                )
            continue
        belongs[entry.index] = places.get(entry.previous, -1) + 1
    yield from _moved(entries, belongs)


def _moved(entries: list[Entry], belongs: dict[int, int]) -> Iterator[Wrong]:
    if not belongs:
        return
    by_previous = {entry.previous: entry for entry in entries}
    here, place = ZEROS, 0
    while (entry := by_previous.pop(here, None)) is not None:
        if entry.index != place:
            said = f"receipt {entry.index} belongs at {place}"
            yield Wrong(entry.index, "reordered", said)
        here, place = entry.hash, place + 1


def read_export(path: Path) -> tuple[list[Entry], Head | None, list[Wrong]]:
    """Receipts, head and unreadable lines of an export."""
    entries: list[Entry] = []
    wrong: list[Wrong] = []
    head = None
    with path.open(encoding="utf-8", errors="replace") as lines:
        for place, line in enumerate(lines):
            try:
                told = json.loads(line)
                if "head" in told:
                    head = Head(int(told["head"]["size"]), str(told["head"]["hash"]))
                else:
                    entries.append(Entry(int(told["index"]), *(str(told[name]) for name in Entry.__slots__[1:])))
            except (ValueError, KeyError, TypeError):
                wrong.append(Wrong(place, "unreadable", f"line {place + 1} is no receipt"))
    return entries, head, wrong


def verify_export(path: Path, known: Head | None = None) -> tuple[Wrong, ...]:
    """`verify` over an exported file."""
    entries, head, wrong = read_export(path)
    unreadable = {one.index for one in wrong}
    found = [one for one in verify(entries, head, known) if not (one.kind == "missing" and one.index in unreadable)]
    return tuple(sorted({*wrong, *found}))


def main(arguments: list[str]) -> int:
    """0 when the ledger is whole, 1 when not, 2 for wrong usage."""
    if len(arguments) not in (1, 3):
        sys.stderr.write((__doc__ or "") + "\n")
        return 2
    known = Head(int(arguments[1]), arguments[2]) if len(arguments) == 3 else None
    wrong = verify_export(Path(arguments[0]), known)
    for one in wrong:
        sys.stdout.write(f"{one.index}\t{one.kind}\t{one.said}\n")
    sys.stderr.write("the ledger is whole\n" if not wrong else f"{len(wrong)} faults\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
