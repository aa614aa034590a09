"""The Merkle tree of RFC 9162 (section 2.1) over SHA-256: appending, roots, and proofs of leaves and of beginnings.

The tree of n leaves splits at the largest power of two below n. Whoever holds the roots of its perfect subtrees, the
frontier, can append; whoever can ask for the root of any perfect subtree can prove.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SIZE = 32
"""Bytes of a hash."""
EMPTY = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""

Subtree = Callable[[int, int], bytes]
"""(level, number) -> root of the number-th perfect subtree of 2**level leaves."""


def leaf(body: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\0" + body).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """Roots of the perfect subtrees of a tree, the largest first: all that is needed to append."""

    size: int
    nodes: list[bytes]

    def append(self, hashed: bytes) -> None:
        """One more leaf, by its hash."""
        place = self.size
        while place & 1:
            hashed = node(self.nodes.pop(), hashed)
            place >>= 1
        self.nodes.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        """Root of the whole tree."""
        if not self.nodes:
            return EMPTY
        found = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            found = node(left, found)
        return found

    def packed(self) -> bytes:
        """The nodes, one after the other."""
        return b"".join(self.nodes)


def unpacked(size: int, nodes: bytes) -> Frontier:
    """A frontier from what `packed` wrote; ValueError where it cannot be that of a tree of this size."""
    if len(nodes) != SIZE * size.bit_count():
        raise ValueError(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees, found {len(nodes)} bytes")
    return Frontier(size, [nodes[at : at + SIZE] for at in range(0, len(nodes), SIZE)])


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Root over leaf hashes."""
    tree = Frontier(0, [])
    for one in hashes:
        tree.append(one)
    return tree.root()


def span(get: Subtree, first: int, end: int) -> bytes:
    """Root of the leaves from `first` up to `end`, a range as the tree splits them."""
    count = end - first
    if count & (count - 1) == 0 and first % count == 0:
        level = count.bit_length() - 1
        return get(level, first >> level)
    middle = first + _split(count)
    return node(span(get, first, middle), span(get, middle, end))


def inclusion(get: Subtree, index: int, size: int) -> list[bytes]:
    """Proof that leaf `index` is in the tree of `size`; ValueError where it cannot be."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    first, end = 0, size
    found: list[bytes] = []
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            found.append(span(get, middle, end))
            end = middle
        else:
            found.append(span(get, first, middle))
            first = middle
    return found[::-1]


def consistency(get: Subtree, old: int, new: int) -> list[bytes]:
    """Proof that the tree of `new` leaves begins with that of `old`; ValueError where it cannot."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {new} cannot begin with one of {old}")
    first, end, known = 0, new, True
    found: list[bytes] = []
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            found.append(span(get, middle, end))
            end = middle
        else:
            found.append(span(get, first, middle))
            first, known = middle, False
    if not known:
        found.append(span(get, first, end))
    return found[::-1]


def includes(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf stands at `index` of the tree with that root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, hashed
    for one in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node(one, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, one)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def extends(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the new tree begins with the old (RFC 9162, 2.1.4.2); each is (size, root)."""
    if old[0] == new[0]:
        return not proof and old[1] == new[1]
    if not 0 < old[0] < new[0] or not proof:
        return False
    path = [old[1], *proof] if old[0] & (old[0] - 1) == 0 else list(proof)
    place, last = old[0] - 1, new[0] - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    return _folded(path, place, last) == (old[1], new[1])


def _folded(path: Sequence[bytes], place: int, last: int) -> tuple[bytes, bytes] | None:
    """The old and the new root that a path leads to; None where it has another length than such a path."""
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = node(one, old), node(one, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node(new, one)
        place, last = place >> 1, last >> 1
    return (old, new) if last == 0 else None


def _split(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)
