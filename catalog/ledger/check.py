"""Checks an exported ledger with Python and `cryptography` alone: copy this one file to any machine and run it.

    python check.py EXPORT [--public-key FILE] [--since OLD.checkpoint]...

EXPORT is JSON Lines, in the order of the log:
  {"earlier": {...}}                   a receipt of the hash chain that came before the log, where there was one
  {"#":17,...}                         receipt 17. Its leaf is sha256(00 + these very bytes); `#` is its index
  {"erased": 17}                       receipt 17 was erased; its leaf stands in the tile, and a later receipt says so
  {"tile": 0, "hashes": "...", "root": "..."}   the leaves of the 256 receipts before it (fewer at the end), base64
  {"without": 64, "root": "..."}       root of the next 64 receipts, which are not in this file (it is an archive)
  {"checkpoint": "..."}                size and root of the tree (RFC 9162), signed (C2SP signed note, Ed25519);
                                       null where there is no receipt yet
Or it is one receipt with what proves it: {"receipt": "...", "path": [...], "checkpoint": "..."}, hashes in base64.
FILE is the text `name+hash+base64` that the operator published; OLD is a checkpoint that somebody kept earlier.
It is longer than our other files because it must be one.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TILE = 256
RECEIPT = b'{"#":'
ALONE = b'{"receipt":'
ERASING = (b'"event":"erased"', b'"event":"archived"')
"""Receipts that say of others that their bodies are gone: `leaves` is the first and the last of them."""
NAMES = ("--public-key", "--since")
BROKEN = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What a line leads to that is none of ours."""


@dataclass(frozen=True, slots=True, order=True)
class Wrong:
    """One thing that is wrong, and where."""

    index: int
    kind: str
    """`changed`, `missing`, `reordered`, `unreadable`, `forked` or `erased`."""
    said: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in an export."""

    wrong: tuple[Wrong, ...]
    receipts: int
    erased: int
    """How many of them have no body any more."""
    absent: int
    """How many of them are not in this file."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a signature stands under: so many receipts have this root."""

    origin: str
    size: int
    root: bytes
    by: str = ""
    """Who else signed it: nodes that kept it."""


def opened(note: str, key: str) -> Checkpoint:
    """A checkpoint whose signature is that of `key` (empty: not looked at); ValueError says what is wrong with it."""
    text, _, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if len(lines) < 3 or not lines[1].isdecimal():
        raise ValueError("no checkpoint: expected origin, size and root on a line each, then signatures")
    names = [line.split(" ")[1] for line in signatures.splitlines() if line.startswith("\u2014 ")]
    by = ", ".join(name for name in names if name != lines[0])
    found = Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True), by)
    if key:
        _signed(found.origin, f"{text}\n".encode(), signatures, key.strip())
    return found


def _signed(origin: str, text: bytes, signatures: str, key: str) -> None:
    name, _, rest = key.partition("+")
    told, _, encoded = rest.partition("+")
    public = base64.b64decode(encoded, validate=True)
    if public[:1] != b"\1" or hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8] != told:
        raise ValueError("the public key is no Ed25519 key of the form name+hash+base64")
    if name != origin:
        raise ValueError(f"it is that of the log {origin}, the key that of {name}")
    for line in signatures.splitlines():
        if line.startswith(f"\u2014 {name} "):
            signature = base64.b64decode(line.rsplit(" ", 1)[1], validate=True)
            try:
                Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], text)
            except InvalidSignature:
                raise ValueError(f"the signature of {name} is not that of its key") from None
            return
    raise ValueError(f"{name} has not signed it")


@dataclass(slots=True)
class Tree:
    """The growing tree, and what is wrong so far."""

    kept: dict[int, list[Checkpoint]] = field(default_factory=dict)
    """Earlier checkpoints by size, until that is reached."""
    forks: list[Checkpoint] = field(default_factory=list)
    """Those that had another root."""
    size: int = 0
    nodes: list[bytes] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    waiting: dict[int, bytes] = field(default_factory=dict)
    """Leaves of receipts whose tile has not come yet; empty for an erased one."""
    highest: int = -1
    chain: tuple[int, str] = (0, "0" * 64)
    """Size and last hash of the chain before the log."""
    first: dict[str, Any] | None = None
    """Body of receipt 0."""
    erased: list[int] = field(default_factory=list)
    told: list[tuple[int, int]] = field(default_factory=list)
    """First and last of receipts of which others say that they were erased."""
    absent: int = 0

    def say(self, index: int, kind: str, said: str) -> None:
        """Note one fault."""
        self.wrong.append(Wrong(index, kind, said))

    def add(self, root: bytes, count: int = 1) -> None:
        """One more leaf, or the root of a perfect subtree of `count` leaves after a multiple of as many."""
        place = self.size // count
        while place & 1:
            root = hashlib.sha256(b"\1" + self.nodes.pop() + root).digest()
            place >>= 1
        self.nodes.append(root)
        self.size += count
        if self.size in self.kept:
            self.forks += [one for one in self.kept.pop(self.size) if one.root != self.root()]

    def root(self) -> bytes:
        """Root of what was added."""
        if not self.nodes:
            return hashlib.sha256(b"").digest()
        found = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            found = hashlib.sha256(b"\1" + left + found).digest()
        return found

    def receipt(self, index: int, leaf: bytes) -> None:
        """A receipt that says it is the `index`-th."""
        if index in self.waiting or index < self.size:
            self.say(index, "reordered", f"receipt {index} stands after its place, or twice")
            return
        if index < self.highest:
            self.say(index, "reordered", f"receipt {index} stands after receipt {self.highest}")
        self.highest = max(self.highest, index)
        self.waiting[index] = leaf

    def tile(self, number: int, hashes: list[bytes], root: str) -> None:
        """The leaves that belong at `number` * 256 and after."""
        first = number * TILE
        if first > self.size:
            self.say(self.size, "missing", f"the hashes of receipts {self.size} to {first - 1} are not there")
        alone = Tree()
        for place, leaf in enumerate(hashes, first):
            alone.add(leaf)
            mine = self.waiting.pop(place, None)
            if mine is None:
                self.say(place, "missing", f"receipt {place} is not there")
            elif mine not in (b"", leaf):
                self.say(place, "changed", f"receipt {place} is not the one whose hash was kept")
        inside = any(first < size < first + TILE for size in self.kept)
        if first == self.size and len(hashes) == TILE and not inside:
            self.add(alone.root(), TILE)
        else:
            for leaf in hashes[max(0, self.size - first) :]:
                self.add(leaf)
        if root and alone.root().hex() != root:
            self.say(first, "changed", f"hashes of receipts {first} to {first + len(hashes) - 1} were replaced")

    def without(self, count: int, root: bytes) -> None:
        """The next `count` receipts are not in this file."""
        if self.waiting or count < 1 or count & (count - 1) or self.size % count or len(root) != len(self.root()):
            raise ValueError(count)
        self.add(root, count)
        self.highest = self.size - 1
        self.absent += count


def verify(lines: Iterable[bytes], key: str = "", *since: str) -> tuple[Wrong, ...]:
    """Everything that is wrong with an export, by index; nothing when all is well."""
    return look(lines, key, *since).wrong


def look(lines: Iterable[bytes], key: str = "", *since: str) -> Found:
    """What is wrong with an export, and what it holds; `since` are checkpoints that were kept earlier."""
    tree, note = Tree(), None
    for one in since:
        _keep(tree, one, key)
    for place, line in enumerate(lines, 1):
        try:
            told = _line(tree, line.rstrip(b"\n"))
            note = told if told is not None else note
        except BROKEN:
            tree.say(tree.highest + 1, "unreadable", f"line {place} is neither a receipt nor a tile nor a checkpoint")
    tree.wrong += [*_began(tree), *_erasures(tree), *_end(tree, note, key)]
    return Found(tuple(sorted(set(tree.wrong))), tree.size, len(tree.erased), tree.absent)


def _keep(tree: Tree, since: str, key: str) -> None:
    try:
        before = opened(since, key)
    except ValueError as wrong:
        tree.say(0, "unreadable", f"the earlier checkpoint: {wrong}")
        return
    if before.size:
        tree.kept.setdefault(before.size, []).append(before)


def _line(tree: Tree, line: bytes) -> str | None:
    """Take in one line; the checkpoint where it is one."""
    if line.startswith(RECEIPT):
        index = int(line[len(RECEIPT) : line.index(b",")])
        if index == 0 or ERASING[0] in line or ERASING[1] in line:
            _says(tree, index, json.loads(line))
        tree.receipt(index, hashlib.sha256(b"\0" + line).digest())
        return None
    told = json.loads(line)
    if "tile" in told:
        packed = base64.b64decode(told["hashes"], validate=True)
        tree.tile(told["tile"], [packed[at : at + 32] for at in range(0, len(packed), 32)], told["root"])
    elif "erased" in told:
        tree.receipt(int(told["erased"]), b"")
        tree.erased.append(int(told["erased"]))
    elif "earlier" in told:
        _earlier(tree, told["earlier"])
    elif "without" in told:
        tree.without(told["without"], bytes.fromhex(told["root"]))
    else:
        return str(told["checkpoint"] or "")
    return None


def _says(tree: Tree, index: int, body: dict[str, Any]) -> None:
    """A receipt that others are held against: the first, and those that say what was erased before them."""
    if index == 0:
        tree.first = body
    if body.get("event") in ("erased", "archived"):
        first, last = body["leaves"]
        tree.told.append((int(first), min(int(last), index - 1)))


def _earlier(tree: Tree, one: dict[str, Any]) -> None:
    """A receipt of the chain: its hash is that of the hash before, a line feed and its body."""
    size, before = tree.chain
    here = f"receipt {one['index']} of the earlier chain"
    if one["index"] != size:
        tree.say(size, "missing", f"{here} stands at {size}")
    elif one["previous"] != before or hashlib.sha256(f"{before}\n{one['body']}".encode()).hexdigest() != one["hash"]:
        tree.say(size, "changed", f"{here} does not fit its hash")
    tree.chain = (size + 1, one["hash"])


def _began(tree: Tree) -> Iterator[Wrong]:
    """Receipt 0 holds size and last hash of the chain before it; an archive may be without both."""
    told = (tree.first or {}).get("earlier") or {"size": 0, "hash": "0" * 64}
    if tree.chain != (told["size"], told["hash"]) and tree.highest >= 0:
        said = f"the earlier chain has {tree.chain[0]} receipts and another end than receipt 0 says ({told['size']})"
        yield Wrong(0, "changed", said)


def _erasures(tree: Tree) -> Iterator[Wrong]:
    """Nobody hides a receipt by calling it erased. Where receipts are absent, the one that says so may be, too."""
    left = sorted(tree.told, reverse=True)
    end = -1
    for index in [] if tree.absent else sorted(tree.erased):
        while left and left[-1][0] <= index:
            end = max(end, left.pop()[1])
        if index > end:
            yield Wrong(index, "erased", f"receipt {index} was erased, and no receipt says so")


def _end(tree: Tree, note: str | None, key: str) -> Iterator[Wrong]:
    """The checkpoint against what was read."""
    for index in sorted(tree.waiting):
        yield Wrong(index, "changed", f"receipt {index} is under no checkpoint")
    if note is None:
        yield Wrong(tree.size, "missing", "the checkpoint is not there: nobody can say whether the end was cut off")
    try:
        last = opened(note, key) if note or (note is not None and tree.size) else None
    except ValueError as wrong:
        yield Wrong(tree.size, "changed", f"the checkpoint: {wrong}")
        return
    yield from _held_against(tree, last.origin if last else "")
    if last is not None and last.size != tree.size:
        yield Wrong(min(last.size, tree.size), "missing", f"the checkpoint counts {last.size}, there are {tree.size}")
    elif last is not None and last.root != tree.root() and not tree.wrong:
        yield Wrong(0, "changed", "receipts were replaced together with their hashes: the root is not the signed one")


def _held_against(tree: Tree, origin: str) -> Iterator[Wrong]:
    """The checkpoints that others kept: each must be one of this log's own past."""
    for one in [*tree.forks, *(one for several in tree.kept.values() for one in several)]:
        who = f"the checkpoint of {one.size} receipts that {one.by + ' kept' if one.by else 'was kept earlier'}"
        if origin and one.origin != origin:
            yield Wrong(0, "unreadable", f"{who} is that of another log, {one.origin}")
        elif one in tree.forks:
            yield Wrong(one.size - 1, "forked", f"{who} has another root: at or before this receipt the log forked")
        elif one.size > tree.size:
            yield Wrong(tree.size, "missing", f"{who} counts more than there are, {tree.size}")
        else:
            yield Wrong(one.size - 1, "unreadable", f"{who} ends among receipts that are not in this file")


def look_at(path: Path, key: str = "", *since: str) -> Found:
    """`look` over a file, or at the one receipt in it."""
    with path.open("rb") as lines:
        if lines.read(len(ALONE)) == ALONE:
            return _alone(ALONE + lines.read(), key, *since)
        lines.seek(0)
        return look(lines, key, *since)


def _alone(text: bytes, key: str, *since: str) -> Found:
    """One receipt is under the root that its checkpoint signs (RFC 9162, 2.1.3.2)."""
    try:
        told = json.loads(text)
        line, path = told["receipt"].encode(), [base64.b64decode(one, validate=True) for one in told["path"]]
        index = int(line[len(RECEIPT) : line.index(b",")])
    except BROKEN:
        return Found((Wrong(0, "unreadable", "this is no receipt with a path and a checkpoint"),), 0, 0, 0)
    try:
        last = opened(str(told.get("checkpoint")), key)
    except ValueError as why:
        return Found((Wrong(index, "changed", f"the checkpoint: {why}"),), 1, 0, 0)
    wrong = [Wrong(index, "unreadable", "an earlier checkpoint needs the log itself: ask the node")] if since else []
    if _root(hashlib.sha256(b"\0" + line).digest(), index, last.size, path) != last.root:
        said = f"receipt {index} is not under the root of the {last.size}: it, its path or its place was altered"
        wrong.append(Wrong(index, "changed", said))
    return Found(tuple(wrong), last.size, 0, last.size - 1)


def _root(found: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that a leaf and its path lead to; empty where the path has another length than such a one."""
    last = size - 1
    if not 0 <= index <= last:
        return b""
    for one in path:
        if last == 0:
            return b""
        if index & 1 or index == last:
            found = hashlib.sha256(b"\1" + one + found).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + one).digest()
        index, last = index >> 1, last >> 1
    return found if last == 0 else b""


def summary(found: Found) -> str:
    """What a file holds, in a sentence."""
    told = f"{found.receipts} receipts"
    if found.erased:
        told += f", {found.erased} of them erased" + ("" if found.absent else " and on record as such")
    return told + (f", {found.absent} of them not in this file" if found.absent else "")


def main(arguments: list[str]) -> int:
    """0 whole, 1 not, 2 wrong usage."""
    options = list(zip(arguments[1::2], arguments[2::2], strict=False))
    if len(arguments) % 2 == 0 or {name for name, _ in options} - set(NAMES):
        sys.stderr.write(__doc__ or "")
        return 2
    keys, since = ([Path(file).read_text("utf-8") for told, file in options if told == name] for name in NAMES)
    found = look_at(Path(arguments[0]), "".join(keys[-1:]), *since)
    for one in found.wrong:
        sys.stdout.write(f"{one.index}\t{one.kind}\t{one.said}\n")
    sys.stderr.write(summary(found) + ("" if keys else "; without --public-key the signature was not looked at") + "\n")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
