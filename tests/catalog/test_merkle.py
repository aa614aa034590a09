"""The tree, against the recursive definition of RFC 9162 written down by itself: all sizes, all proofs, forgeries."""

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.ledger import merkle

MOST = 130
BODIES = tuple(f"示例 {number}".encode() for number in range(MOST))


def split(count: int) -> int:
    """The largest power of two below."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def plain_root(bodies: tuple[bytes, ...]) -> bytes:
    """MTH of section 2.1.1."""
    if not bodies:
        return hashlib.sha256().digest()
    if len(bodies) == 1:
        return hashlib.sha256(b"\x00" + bodies[0]).digest()
    at = split(len(bodies))
    return hashlib.sha256(b"\x01" + plain_root(bodies[:at]) + plain_root(bodies[at:])).digest()


@cache
def ours(first: int, end: int) -> bytes:
    """The same of our own leaves, each computed once."""
    return plain_root(BODIES[first:end])


def plain_path(index: int, first: int, end: int) -> list[bytes]:
    """PATH of section 2.1.3.1, over the leaves from `first` up to `end`."""
    if end - first == 1:
        return []
    at = first + split(end - first)
    if index < at:
        return [*plain_path(index, first, at), ours(at, end)]
    return [*plain_path(index, at, end), ours(first, at)]


def plain_proof(old: int, first: int, end: int, whole: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if old == end:
        return [] if whole else [ours(first, end)]
    at = first + split(end - first)
    if old <= at:
        return [*plain_proof(old, first, at, whole), ours(at, end)]
    return [*plain_proof(old, at, end, False), ours(first, at)]


def subtree(level: int, number: int) -> bytes:
    return plain_root(BODIES[number << level : (number + 1) << level])


ROOTS = [plain_root(BODIES[:size]) for size in range(MOST + 1)]


def forged(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with a bit turned, a hash dropped, doubled or in another place."""
    turned = [[*proof[:at], bytes([one[0] ^ 1]) + one[1:], *proof[at + 1 :]] for at, one in enumerate(proof)]
    others = [proof[1:], proof[:-1], [*proof, b"\0" * 32], proof[::-1]]
    return [one for one in (*turned, *others) if one != proof]


def test_appending_gives_the_root_of_every_size() -> None:
    tree = merkle.Frontier(0, [])
    for size, body in enumerate(BODIES):
        assert tree.root() == ROOTS[size]
        tree.append(merkle.leaf(body))
        tree = merkle.unpacked(tree.size, tree.packed())
    assert tree.root() == ROOTS[MOST]


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_leaf_is_proven_and_no_forgery_passes(size: int) -> None:
    for index in range(size):
        hashed = merkle.leaf(BODIES[index])
        proof = merkle.inclusion(subtree, index, size)
        assert proof == plain_path(index, 0, size)
        assert merkle.includes(hashed, index, size, proof, ROOTS[size])
        assert not merkle.includes(merkle.leaf(b"another"), index, size, proof, ROOTS[size])
        assert not merkle.includes(hashed, index, size, proof, ROOTS[size - 1])
        assert not any(merkle.includes(hashed, index, size, one, ROOTS[size]) for one in forged(proof))
        assert not merkle.includes(hashed, index + size, size, proof, ROOTS[size])


def test_a_proof_for_one_place_fits_no_other() -> None:
    for size in range(2, 40):
        for index in range(size):
            proof = merkle.inclusion(subtree, index, size)
            hashed = merkle.leaf(BODIES[index])
            fits = [at for at in range(size) if merkle.includes(hashed, at, size, proof, ROOTS[size])]
            assert fits == [index]


@pytest.mark.parametrize("new", range(1, MOST + 1))
def test_every_earlier_tree_is_proven_to_be_the_beginning_and_no_forgery_passes(new: int) -> None:
    for old in range(1, new + 1):
        proof = merkle.consistency(subtree, old, new)
        assert proof == plain_proof(old, 0, new)
        before, after = (old, ROOTS[old]), (new, ROOTS[new])
        assert merkle.extends(before, after, proof)
        assert not merkle.extends((old, ROOTS[old - 1]), after, proof)
        assert not merkle.extends(before, (new, ROOTS[new - 1]), proof)
        assert not any(merkle.extends(before, after, one) for one in forged(proof))


def test_what_cannot_be_proven_is_refused() -> None:
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="not in a tree"):
            merkle.inclusion(subtree, index, size)
    for old, new in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match="cannot begin"):
            merkle.consistency(subtree, old, new)
    with pytest.raises(ValueError, match="perfect subtrees"):
        merkle.unpacked(3, b"x" * 32)
    assert not merkle.extends((0, merkle.EMPTY), (5, ROOTS[5]), [])
    assert not merkle.extends((6, ROOTS[6]), (5, ROOTS[5]), [])
    assert not merkle.extends((3, ROOTS[3]), (5, ROOTS[5]), [])


@given(st.lists(st.binary(max_size=40), max_size=300))
def test_any_leaves_give_the_root_of_the_definition(bodies: list[bytes]) -> None:
    assert merkle.root_of([merkle.leaf(body) for body in bodies]) == plain_root(tuple(bodies))
