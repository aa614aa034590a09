"""Checks an exported ledger with Python and `cryptography` alone: copy this one file to any machine and run it.

    python check.py EXPORT [--public-key FILE] [--since OLD.checkpoint]

EXPORT is JSON Lines, in the order of the log:
  {"earlier": {...}}                   a receipt of the hash chain that came before the log, where there was one
  {"#":17,...}                         receipt 17. Its leaf is sha256(00 + these very bytes); `#` is its index
  {"erased": 17}                       receipt 17 was erased; its leaf stands in the tile
  {"tile": 0, "hashes": "...", "root": "..."}   the leaves of the 256 receipts before it (fewer at the end), base64
  {"checkpoint": "..."}                size and root of the tree (RFC 9162), signed (C2SP signed note, Ed25519);
                                       null where there is no receipt yet
FILE is the text `name+hash+base64` that the operator published; OLD is a checkpoint that somebody kept earlier.
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


@dataclass(frozen=True, slots=True, order=True)
class Wrong:
    """One thing that is wrong, and where."""

    index: int
    kind: str
    """`changed`, `missing`, `reordered` or `unreadable`."""
    said: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a signature stands under: so many receipts have this root."""

    origin: str
    size: int
    root: bytes


def opened(note: str, key: str) -> Checkpoint:
    """A checkpoint whose signature is that of `key` (empty: not looked at); ValueError says what is wrong with it."""
    text, _, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if len(lines) < 3 or not lines[1].isdecimal():
        raise ValueError("no checkpoint: expected origin, size and root on a line each, then signatures")
    found = Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
    if key:
        _signed(f"{text}\n".encode(), signatures, key.strip())
    return found


def _signed(text: bytes, signatures: str, key: str) -> None:
    name, _, rest = key.partition("+")
    told, _, encoded = rest.partition("+")
    public = base64.b64decode(encoded, validate=True)
    if public[:1] != b"\1" or hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8] != told:
        raise ValueError("the public key is no Ed25519 key of the form name+hash+base64")
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

    since: Checkpoint | None = None
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

    def say(self, index: int, kind: str, said: str) -> None:
        """Note one fault."""
        self.wrong.append(Wrong(index, kind, said))

    def add(self, root: bytes, count: int = 1) -> None:
        """One more leaf, or the root of a whole tile after whole tiles."""
        place = self.size // count
        while place & 1:
            root = hashlib.sha256(b"\1" + self.nodes.pop() + root).digest()
            place >>= 1
        self.nodes.append(root)
        self.size += count
        if self.since is not None and self.since.size == self.size and self.since.root != self.root():
            self.say(self.size - 1, "changed", f"the first {self.size} are not those of the earlier checkpoint")

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
        inside = self.since is not None and first < self.since.size < first + TILE
        if first == self.size and len(hashes) == TILE and not inside:
            self.add(alone.root(), TILE)
        else:
            for leaf in hashes[max(0, self.size - first) :]:
                self.add(leaf)
        if root and alone.root().hex() != root:
            self.say(first, "changed", f"hashes of receipts {first} to {first + len(hashes) - 1} were replaced")


def verify(lines: Iterable[bytes], key: str = "", since: str = "") -> tuple[Wrong, ...]:
    """Everything that is wrong with an export, by index; nothing when all is well."""
    tree, note = Tree(), None
    try:
        tree.since = opened(since, key) if since else None
    except ValueError as wrong:
        tree.say(0, "unreadable", f"the earlier checkpoint: {wrong}")
    for place, line in enumerate(lines, 1):
        try:
            told = _line(tree, line.rstrip(b"\n"))
            note = told if told is not None else note
        except (ValueError, KeyError, TypeError, AttributeError):
            tree.say(tree.highest + 1, "unreadable", f"line {place} is neither a receipt nor a tile nor a checkpoint")
    tree.wrong += [*_began(tree), *_end(tree, note, key)]
    return tuple(sorted(set(tree.wrong)))


def _line(tree: Tree, line: bytes) -> str | None:
    """Take in one line; the checkpoint where it is one."""
    if line.startswith(RECEIPT):
        index = int(line[len(RECEIPT) : line.index(b",")])
        if index == 0:
            tree.first = json.loads(line)
        tree.receipt(index, hashlib.sha256(b"\0" + line).digest())
        return None
    told = json.loads(line)
    if "tile" in told:
        packed = base64.b64decode(told["hashes"], validate=True)
        tree.tile(told["tile"], [packed[at : at + 32] for at in range(0, len(packed), 32)], told["root"])
    elif "erased" in told:
        tree.receipt(int(told["erased"]), b"")
    elif "earlier" in told:
        _earlier(tree, told["earlier"])
    else:
        return str(told["checkpoint"] or "")
    return None


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
    """Receipt 0 holds size and last hash of the chain before it."""
    told = (tree.first or {}).get("earlier") or {"size": 0, "hash": "0" * 64}
    if tree.chain != (told["size"], told["hash"]) and tree.highest >= 0:
        said = f"the earlier chain has {tree.chain[0]} receipts and another end than receipt 0 says ({told['size']})"
        yield Wrong(0, "changed", said)


def _end(tree: Tree, note: str | None, key: str) -> Iterator[Wrong]:
    """The checkpoint against what was read."""
    for index in sorted(tree.waiting):
        yield Wrong(index, "changed", f"receipt {index} is under no checkpoint")
    if tree.since is not None and tree.since.size > tree.size:
        said = f"an earlier checkpoint counted {tree.since.size} receipts, there are {tree.size}"
        yield Wrong(tree.size, "missing", said)
    if note is None:
        yield Wrong(tree.size, "missing", "the checkpoint is not there: nobody can say whether the end was cut off")
        return
    if not note and not tree.size:
        return
    try:
        last = opened(note, key)
    except ValueError as wrong:
        yield Wrong(tree.size, "changed", f"the checkpoint: {wrong}")
        return
    if last.size != tree.size:
        yield Wrong(min(last.size, tree.size), "missing", f"the checkpoint counts {last.size}, there are {tree.size}")
    elif last.root != tree.root() and not tree.wrong:
        yield Wrong(0, "changed", "receipts were replaced together with their hashes: the root is not the signed one")


def verify_file(path: Path, key: str = "", since: str = "") -> tuple[Wrong, ...]:
    """`verify` over a file."""
    with path.open("rb") as lines:
        return verify(lines, key, since)


def main(arguments: list[str]) -> int:
    """0 whole, 1 not, 2 wrong usage."""
    options = dict(zip(arguments[1::2], arguments[2::2], strict=False))
    if len(arguments) % 2 == 0 or not arguments or set(options) - {"--public-key", "--since"}:
        sys.stderr.write(__doc__ or "")
        return 2
    texts = [Path(options[name]).read_text("utf-8") if name in options else "" for name in ("--public-key", "--since")]
    wrong = verify_file(Path(arguments[0]), *texts)
    for one in wrong:
        sys.stdout.write(f"{one.index}\t{one.kind}\t{one.said}\n")
    if not texts[0]:
        sys.stderr.write("without --public-key the signature was not looked at\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
