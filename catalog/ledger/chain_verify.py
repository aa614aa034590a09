"""Checks an exported ledger with the standard library alone: copy this one file to any machine and run it.

    python chain_verify.py EXPORT [SIZE HASH]

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
    wrong: list[Wrong] = []
    placed: dict[int, Entry] = {}
    highest = -1
    for entry in entries:
        place, faults = _alone(entry)
        wrong += faults
        if place == entry.index and entry.index <= highest:
            wrong.append(Wrong(entry.index, "reordered", f"receipt {entry.index} stands after receipt {highest}"))
        if place == entry.index or place not in placed:
            placed[place] = Entry(place, "", "", "", entry.previous, entry.hash)
        highest = max(highest, entry.index)
    wrong += [*_gaps(placed, head), *_tail(placed, head), *_known(placed, known)]
    wrong += _links(placed, {one.index for one in wrong})
    return tuple(sorted(set(wrong)))


def _alone(entry: Entry) -> tuple[int, list[Wrong]]:
    """Where a receipt belongs by its own word, and what it shows by itself."""
    here = f"receipt {entry.index}"
    try:
        body = json.loads(entry.body)
    except ValueError:
        return entry.index, [Wrong(entry.index, "unreadable", f"{here}: its body is no JSON")]
    if not isinstance(body, dict) or chained(entry.previous, entry.body) != entry.hash:
        return entry.index, [Wrong(entry.index, "changed", f"{here}: its hash is not that of its body")]
    if (body.get("number"), body.get("at")) != (entry.number, entry.at):
        return entry.index, [Wrong(entry.index, "changed", f"{here}: its number or moment is not that of its body")]
    place = body.get("index")
    if not isinstance(place, int) or place < 0:
        return entry.index, [Wrong(entry.index, "changed", f"{here}: its body says no index")]
    moved = [] if place == entry.index else [Wrong(entry.index, "reordered", f"{here} belongs at {place}")]
    return place, moved


def _gaps(placed: dict[int, Entry], head: Head | None) -> Iterator[Wrong]:
    expected = 0
    for place in [*sorted(placed), *([head.size] if head else [])]:
        if place > expected:
            which = f"receipt {expected} is" if place == expected + 1 else f"receipts {expected} to {place - 1} are"
            yield Wrong(expected, "missing", f"{which} not there")
        expected = max(expected, place + 1)


def _tail(placed: dict[int, Entry], head: Head | None) -> Iterator[Wrong]:
    size = max(placed, default=-1) + 1
    if head is None:
        yield Wrong(size, "missing", "the head is not there: nobody can say whether receipts were cut off the end")
    elif head.size < size:
        yield Wrong(head.size, "changed", f"the head counts {head.size} receipts, there are {size}")
    elif head.size == size and size and placed[size - 1].hash != head.hash:
        yield Wrong(size - 1, "changed", "the last receipt is not the one whose hash the head holds")


def _known(placed: dict[int, Entry], known: Head | None) -> Iterator[Wrong]:
    if known is None or known.size == 0:
        return
    then = placed.get(known.size - 1)
    if then is None:
        yield Wrong(known.size - 1, "missing", f"an earlier head counted {known.size} receipts")
    elif then.hash != known.hash:
        yield Wrong(known.size - 1, "changed", "an earlier head holds another hash for this receipt")


def _links(placed: dict[int, Entry], flagged: set[int]) -> Iterator[Wrong]:
    """A receipt that fits its own hash but is not the one that the next follows was changed together with its hash."""
    if 0 in placed and placed[0].previous != ZEROS and 0 not in flagged:
        yield Wrong(0, "changed", "the first receipt follows another")
    for place, entry in placed.items():
        before = placed.get(place - 1)
        if before is None or entry.previous == before.hash or {place, place - 1} & flagged:
            continue
        yield Wrong(place - 1, "changed", f"receipt {place - 1} is not the one that receipt {place} follows")


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
