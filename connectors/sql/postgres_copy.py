"""What COPY sends, in blocks of whole rows, taken by a thread of its own while earlier ones are made into columns."""

import io
import select
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

BLOCK = 4 << 20
"""About as many bytes make a block; a row is never cut."""
AHEAD = 3
"""As many blocks are taken while one is read."""
AT_ONCE = 1 << 18
"""As many bytes are taken from the network at once, where the server is ahead."""
_HEAD = 1024
"""What comes before an answer is shorter; a buffer that it does not fit into becomes twice as large."""
_PATIENCE = 100
"""Milliseconds after which a thread that waits for the server looks whether it is still wanted."""


def widen(database: Connection) -> None:
    """Lets libpq take more from the network at once than the 16 KB that it begins with.

    It reads as much as its buffer holds, which grows with the longest answer and never shrinks: one answer is enough.
    Under TLS a record is taken at a time, which is no larger.
    """
    if not database.pgconn.ssl_in_use:
        database.execute("select repeat(' ', %s)", (AT_ONCE - _HEAD,)).fetchone()


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole rows as COPY wrote them."""

    text: bytes | memoryview
    rows: int
    room: io.BytesIO | None = None
    """What a later block is written into, once the reader of blocks asks for the next one: this one is void then."""


class Copied:
    """All blocks of the COPY that this session is in, each to be read before the next is asked for.

    PostgreSQL sends each row as a message of its own. They are taken straight from libpq: through psycopg's
    generators that costs nearly three times as much.
    """

    def __init__(self, session: PGconn) -> None:
        self._session = session
        self._over = False
        self._unwanted = False
        self._thread = ThreadPoolExecutor(1, "copy")
        self._waiting = select.poll()
        self._waiting.register(session.socket, select.POLLIN)
        self._rooms: list[io.BytesIO] = []
        self.rows = 0
        """As many rows as the server says that it sent, once it has sent them all."""

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Waits until the thread has let go of the session."""
        self._unwanted = True
        self._thread.shutdown(wait=True, cancel_futures=True)

    def __iter__(self) -> Iterator[Block]:
        """Blocks in order; psycopg's errors where the server breaks off."""
        coming: deque[Future[Block]] = deque(self._thread.submit(self._take) for _ in range(AHEAD))
        while (block := coming.popleft().result()).rows:
            coming.append(self._thread.submit(self._take))
            yield block
            self._void(block)

    def _void(self, block: Block) -> None:
        """Memory is used again: fresh pages for each block cost the kernel a fifteenth of a landing."""
        if block.room and isinstance(block.text, memoryview):
            with suppress(BufferError):  # somebody holds on to it, who may
                block.text.release()
                block.room.truncate(sys.maxsize)  # changes nothing, and fails where a part of it is held
                if len(block.room.getbuffer()) < 2 * BLOCK:  # one row may have been larger than all that follow
                    self._rooms.append(block.room)

    def _take(self) -> Block:
        """A block, a smaller one at the end, an empty one after it."""
        text = self._rooms.pop() if self._rooms else io.BytesIO()
        text.seek(0)
        rows = size = 0
        get, write = self._session.get_copy_data, text.write
        while size < BLOCK and not self._over:
            count, row = get(1)
            if count > 0:
                write(row)  # a row is let go at once: thousands that wait to be joined cost three times as much
                rows += 1
                size += count
            elif count == 0:
                self._wait()
            else:
                self._end()
        return Block(text.getbuffer()[:size], rows, text)

    def _wait(self) -> None:
        self._waiting.poll(_PATIENCE)
        self._session.consume_input()
        self._over = self._unwanted

    def _end(self) -> None:
        self._over = True
        results: list[PGresult] = []
        while not self._unwanted:
            while self._session.is_busy() and not self._unwanted:
                self._waiting.poll(_PATIENCE)
                self._session.consume_input()
            if (result := self._session.get_result()) is None:
                break
            results.append(result)
        for result in results:
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result)
            self.rows = result.command_tuples or 0
