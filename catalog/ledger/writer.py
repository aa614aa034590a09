"""Group commit: what waits goes into the log in one transaction, under one signature; then all callers go on."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from queue import Empty, SimpleQueue
from threading import Condition, Lock, Thread

from catalog.ledger import merkle
from catalog.ledger.body import placed
from catalog.ledger.signer import Signer
from catalog.ledger.store import Head, Overtaken, Store, Tile, Written, away
from schemas.errors import NotReady

MOST = 256
"""Receipts of one transaction."""
JOIN_S = 0.02
"""How long a receipt that nobody waits for may wait for one that somebody does: one commit for both."""
TILE = 256
IDLE_S = 5.0
"""After so long without work the thread ends and gives its connection back; the next receipt starts another."""
PATIENCE_S = 30.0
"""How long a caller waits for its receipt before it is told that it cannot be written."""
DAY_US = 86_400_000_000
log = logging.getLogger("yishu.ledger")


@dataclass(slots=True)
class Waiting:
    """One receipt on its way to disk."""

    text: str
    at: int
    """Microseconds since 1970."""
    subjects: Sequence[bytes] = ()
    followed: bool = True
    """Whether somebody waits for it."""
    done: Lock = field(default_factory=Lock)
    index: int = -1
    body: str = ""
    hashed: bytes = b""


class Word(Enum):
    """What the thread is told besides receipts: write what there is now; end after it."""

    NOW = auto()
    END = auto()


class Writer:
    """One thread of this process that writes to the log. `first` tells what comes before the very first receipt."""

    def __init__(self, store: Store, signer: Signer, first: Callable[[], Waiting | None], join: float = JOIN_S) -> None:
        self.signer = signer
        self._join = join
        self._store = store
        self._first = first
        self._queue: SimpleQueue[Waiting | Word] = SimpleQueue()
        self._settled = Condition()
        self._queued = 0
        """How many were ever queued."""
        self._ended = 0
        """How many of them are written or given up; they end in the order in which they were queued."""
        self._thread: Thread | None = None

    def write(self, waiting: Waiting) -> None:
        """Returns when it is on disk; NotReady where it cannot be: then nothing may be served."""
        waiting.done.acquire()
        self._put(waiting)
        if not waiting.done.acquire(timeout=PATIENCE_S):
            raise away(TimeoutError())
        if waiting.index < 0:
            raise away(OSError())

    def queue(self, waiting: Waiting) -> None:
        """Written soon, with the next; nobody waits. Where it cannot be written, the log of this process says so."""
        waiting.followed = False
        self._put(waiting)

    def settle(self, patience: float = PATIENCE_S) -> None:
        """Wait until all that is queued by now is written or given up, whatever others queue meanwhile."""
        with self._settled:
            queued = self._queued
            if self._ended < queued:
                self._queue.put(Word.NOW)
            self._settled.wait_for(lambda: self._ended >= queued, patience)

    def close(self) -> None:
        """Write what is queued and end the thread, which gives its connection back."""
        with self._settled:
            thread = self._thread
            if thread is not None:
                self._queue.put(Word.END)
        if thread is not None:
            thread.join(PATIENCE_S)

    def _put(self, waiting: Waiting) -> None:
        with self._settled:
            self._queued += 1
            self._queue.put(waiting)
            if self._thread is None:
                self._start()

    def _start(self) -> None:
        self._thread = Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        """Until nothing comes any more. An error that nobody foresaw ends this thread, and another takes over."""
        over = False
        try:
            while not over:
                batch, last = self._batch()
                if batch:
                    self._take(batch)
                over = last and self._over()
        finally:
            if not over:
                self._hand_over()

    def _hand_over(self) -> None:
        with self._settled:
            self._thread = None
            if not self._queue.empty():
                self._start()

    def _batch(self) -> tuple[list[Waiting], bool]:
        """What waits now, and whether the thread should end after it."""
        batch: list[Waiting] = []
        try:
            word = self._queue.get(timeout=IDLE_S)
        except Empty:
            return batch, True
        until = time.monotonic() + self._join
        with suppress(Empty):
            while word is not Word.END:
                if isinstance(word, Waiting):
                    batch.append(word)
                if len(batch) == MOST:
                    break
                if word is Word.NOW or batch[-1].followed:
                    until = 0.0
                word = self._queue.get(timeout=max(0.0, until - time.monotonic()))
        return batch, word is Word.END

    def _over(self) -> bool:
        """Whether the thread may end: nothing came meanwhile. Its connection is given back before the next begins."""
        with self._settled:
            if not self._queue.empty():
                return False
            with suppress(NotReady):
                self._store.close()
            self._thread = None
            return True

    def _take(self, batch: list[Waiting]) -> None:
        written = False
        try:
            while not written:
                with suppress(Overtaken):
                    self._commit(batch)
                    written = True
        except NotReady as wrong:
            log.error("%d receipts could not be written: %s", len(batch), wrong.__cause__ or wrong)
        finally:
            if not written:
                self._give_up(batch)
            for one in batch:
                if one.followed:
                    one.done.release()
            with self._settled:
                self._ended += len(batch)
                self._settled.notify_all()

    def _give_up(self, batch: list[Waiting]) -> None:
        """After a failed write nothing of the connection is trusted: it is dropped, and the head is read anew."""
        for one in batch:
            one.index = -1
        with suppress(NotReady):
            self._store.close()

    def _commit(self, batch: list[Waiting]) -> None:
        head = self._store.begin()
        if head is None:
            head = Head(0, b"", self.signer.origin, "", -1)
            first = self._first()
            batch = [*([first] if first else []), *batch]
        if head.origin != self.signer.origin:
            raise NotReady(f"the ledger is that of {head.origin}, this key signs for {self.signer.origin}")
        tree = _tree(head)
        tiles: list[Tile] = []
        rows: list[tuple[int, bytes, str, int]] = []
        for one in batch:
            one.index = tree.size
            one.body = placed(one.text, one.index)
            one.hashed = merkle.leaf(one.body.encode())
            rows.append((one.index, one.hashed, one.body, one.at))
            tree.append(one.hashed)
            if tree.size % TILE == 0:
                tiles += self._tiles(head.size, [row[1] for row in rows], tree.size, tiles)
        day = rows[-1][3] // DAY_US
        ahead = Head(
            tree.size, tree.packed(), head.origin, self.signer.note(tree.size, tree.root()), max(day, head.day)
        )
        subjects = [(token, one.index) for one in batch for token in dict.fromkeys(one.subjects)]
        self._store.commit(Written(rows, subjects, tiles, ahead, day > head.day))

    def _tiles(self, before: int, fresh: list[bytes], size: int, made: list[Tile]) -> list[Tile]:
        """The tiles that are complete with leaf `size` - 1: one of leaves, and each above that it completes."""
        number = size // TILE - 1
        first = number * TILE
        kept = self._store.hashes(first, before) if first < before else []
        hashes = kept + fresh[max(0, first - before) :]
        found = [_tile(0, number, hashes)]
        while (number + 1) % TILE == 0:
            level, end = found[-1].level, number + 1
            new = {one.number: one.root for one in (*made, *found) if one.level == level}
            old = [at for at in range(end - TILE, end) if at not in new]
            roots = self._store.roots(level, old[0], old[-1] + 1) + [new[at] for at in sorted(new) if at >= end - TILE]
            number //= TILE
            found.append(_tile(level + 1, number, roots))
        return found


def _tree(head: Head) -> merkle.Frontier:
    try:
        return merkle.unpacked(head.size, head.frontier)
    except ValueError as wrong:
        raise away(wrong) from wrong


def _tile(level: int, number: int, hashes: list[bytes]) -> Tile:
    if len(hashes) != TILE:
        raise away(LookupError(f"tile {level}/{number} has {len(hashes)} hashes"))
    return Tile(level, number, merkle.root_of(hashes), b"".join(hashes))


def microseconds(at: datetime) -> int:
    """Since 1970."""
    return int(at.timestamp() * 1_000_000)
