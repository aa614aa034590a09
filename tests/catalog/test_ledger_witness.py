"""Witnesses: what they kept names a fork, and their signature is never taken for the log's own."""

from datetime import timedelta
from pathlib import Path

import pytest

from catalog.ledger import check, export, merkle, witness
from catalog.ledger.signer import Signer, signer
from catalog.ledger.witness import Seen, keep
from catalog.shelf import Shelf
from schemas.errors import BadInput
from tests.builders import NOW
from tests.catalog.test_ledger import fill

URL = "http://city"
LOG, NEIGHBOUR = signer(b"l" * 32), signer(b"n" * 32)


class Log:
    """Leaves, and what a node of them would tell."""

    def __init__(self, *leaves: str, key: Signer = LOG) -> None:
        self.leaves = [merkle.leaf(one.encode()) for one in leaves]
        self.key = key

    def seen(self, since: int = 0) -> Seen:
        size = len(self.leaves)
        path = merkle.consistency(self.subtree, since, size) if 0 < since < size else []
        note = self.key.note(size, merkle.root_of(self.leaves))
        return Seen(URL, note, self.key.public_text, path)

    def subtree(self, level: int, number: int) -> bytes:
        return merkle.root_of(self.leaves[number << level : (number + 1) << level])


def test_what_is_kept_is_countersigned_and_opens_as_before(tmp_path: Path) -> None:
    told = keep(tmp_path, Log("a", "b", "c").seen(), NEIGHBOUR, NOW)
    assert witness.countersigned(told.note, NEIGHBOUR.public_text) == int(NOW.timestamp())
    assert witness.countersigned(told.note, LOG.public_text) == 0
    assert witness.countersigned(told.note.replace("\n3\n", "\n4\n"), NEIGHBOUR.public_text) == 0
    found = check.opened(told.note, LOG.public_text)
    assert (found.size, found.by) == (3, NEIGHBOUR.origin)
    with pytest.raises(ValueError, match="that of the log"):
        check.opened(told.note, NEIGHBOUR.public_text)


def test_a_log_that_goes_on_is_kept_anew_and_one_that_stands_still_is_not(tmp_path: Path) -> None:
    keep(tmp_path, Log("a", "b", "c").seen(), NEIGHBOUR, NOW)
    keep(tmp_path, Log("a", "b", "c").seen(3), NEIGHBOUR, NOW + timedelta(hours=1))
    keep(tmp_path, Log("a", "b", "c", "d", "e").seen(3), NEIGHBOUR, NOW + timedelta(hours=2))
    other = Log("z", key=signer(b"o" * 32))
    keep(tmp_path, other.seen(), NEIGHBOUR, NOW)
    assert [one.size for one in witness.kept(tmp_path, LOG.origin, 9)] == [3, 5]
    assert {one.origin: one.size for one in witness.logs(tmp_path)} == {LOG.origin: 5, other.key.origin: 1}


@pytest.mark.parametrize(
    ("fork", "said"),
    [
        (Log("a", "x", "c", "d"), "does not begin with the 3 that were kept"),
        (Log("a", "b", "x"), "does not begin with the 3 that were kept"),
        (Log("a", "b"), "it had 3 receipts, and shows a log of 2"),
    ],
)
def test_a_log_that_forked_is_named_and_both_sides_are_kept(tmp_path: Path, fork: Log, said: str) -> None:
    keep(tmp_path, Log("a", "b", "c").seen(), NEIGHBOUR, NOW)
    with pytest.raises(BadInput, match=said):
        keep(tmp_path, fork.seen(3), NEIGHBOUR, NOW)
    good, bad = witness.kept(tmp_path, LOG.origin, 9)
    assert (good.forked, bad.forked) == (False, True)
    assert witness.countersigned(bad.note, NEIGHBOUR.public_text) == 0
    keep(tmp_path, Log("a", "b", "c", "d").seen(3), NEIGHBOUR, NOW)
    assert [one.size for one in witness.logs(tmp_path)] == [4]


def test_what_is_not_signed_for_the_key_is_not_kept(tmp_path: Path) -> None:
    seen = Log("a", key=signer(b"o" * 32)).seen()
    with pytest.raises(BadInput, match="is not kept"):
        keep(tmp_path, Seen(URL, seen.note, LOG.public_text), NEIGHBOUR, NOW)
    assert list(tmp_path.iterdir()) == []


def test_whoever_verifies_against_many_kept_checkpoints_is_told_which_one_does_not_fit(shelf: Shelf) -> None:
    kept = []
    for number in range(300):
        fill(shelf.ledger, 1)
        if number in (3, 200, 255, 256, 299):
            kept.append(NEIGHBOUR.cosigned(shelf.ledger.checkpoint(), int(NOW.timestamp())))
    assert shelf.ledger.verify(*kept) == ()
    other = LOG.note(200, b"r" * 32)
    (fault,) = shelf.ledger.verify(*kept, NEIGHBOUR.cosigned(other, 1))
    assert (fault.index, fault.kind) == (199, "forked")
    assert NEIGHBOUR.origin in fault.said
    foreign = signer(b"o" * 32).note(200, b"r" * 32)
    lines = list(export.lines(shelf.engine, shelf.ledger.engine))
    assert [(one.index, one.kind) for one in check.verify(lines, "", foreign)] == [(0, "unreadable")]
