"""Reading the log: its head, receipts, and proofs out of tiles and leaves."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Engine, bindparam, select

from catalog.ledger import body, merkle, tables
from catalog.ledger.writer import TILE, microseconds
from schemas.receipt import Receipt

CHUNK = 10_000
LEVELS = TILE.bit_length() - 1


def size(engine: Engine) -> int:
    """How many receipts there are."""
    with engine.connect() as connection:
        return connection.scalar(select(tables.head.c.size)) or 0


def checkpoint(engine: Engine) -> str:
    """The newest signed checkpoint; empty for a log without receipts."""
    with engine.connect() as connection:
        return connection.scalar(select(tables.head.c.note)) or ""


def receipts(engine: Engine, before: int | None, limit: int) -> tuple[Receipt, ...]:
    """The newest receipts, or the newest before an index; newest first. Erased ones are left out."""
    table = tables.leaf
    wanted = select(table.c.body, table.c.hash).where(table.c.body.is_not(None)).order_by(table.c.idx.desc())
    if before is not None:
        wanted = wanted.where(table.c.idx < before)
    with engine.connect() as connection:
        return tuple(body.receipt(*row) for row in connection.execute(wanted.limit(limit)))


def receipt(engine: Engine, index: int) -> Receipt | None:
    """The receipt at that index; None where there is none, or it was erased."""
    wanted = select(tables.leaf.c.body, tables.leaf.c.hash).where(tables.leaf.c.idx == index)
    with engine.connect() as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None or row.body is None else body.receipt(row.body, row.hash)


def text(engine: Engine, index: int) -> str | None:
    """The very text that was hashed; None where there is none (any more)."""
    with engine.connect() as connection:
        return connection.scalar(select(tables.leaf.c.body).where(tables.leaf.c.idx == index))


def bodies_since(engine: Engine, at: datetime, most: int) -> Sequence[str]:
    """Those of the newest `most` bodies that are not older than a moment, the newest first."""
    table = tables.leaf
    newest = select(table.c.body, table.c.at, table.c.idx).order_by(table.c.idx.desc()).limit(most).subquery()
    wanted = select(newest.c.body).where(newest.c.at >= microseconds(at), newest.c.body.is_not(None))
    with engine.connect() as connection:
        return connection.scalars(wanted.order_by(newest.c.idx.desc())).all()


def about(engine: Engine, token: bytes, before: int | None, limit: int) -> tuple[Receipt, ...]:
    """The receipts under that token, newest first, or the newest before an index."""
    table, found = tables.leaf, tables.subject
    wanted = (
        select(table.c.body, table.c.hash)
        .join(found, found.c.idx == table.c.idx)
        .where(found.c.token == token, table.c.body.is_not(None))
    )
    if before is not None:
        wanted = wanted.where(found.c.idx < before)
    with engine.connect() as connection:
        rows = connection.execute(wanted.order_by(found.c.idx.desc()).limit(limit))
        return tuple(body.receipt(*row) for row in rows)


def known(engine: Engine, tokens: Iterable[bytes]) -> list[bytes]:
    """Those of the tokens that a receipt stands under; each is one step into the index, however many receipts."""
    table = tables.subject
    wanted = select(table.c.idx).where(table.c.token == bindparam("token")).limit(1)
    with engine.connect() as connection:
        return [one for one in tokens if connection.scalar(wanted, {"token": one}) is not None]


def bodies(engine: Engine, first: int, end: int | None) -> Iterator[tuple[int, bytes, str | None]]:
    """Index, hash and body of every receipt from `first` on (below `end`), in the order of the index."""
    table = tables.leaf
    wanted = select(table.c.idx, table.c.hash, table.c.body).where(table.c.idx >= first).order_by(table.c.idx)
    if end is not None:
        wanted = wanted.where(table.c.idx < end)
    with engine.connect() as connection:
        for row in connection.execution_options(yield_per=CHUNK).execute(wanted):
            yield row.idx, row.hash, row.body


def tile(engine: Engine, number: int) -> tuple[bytes, bytes] | None:
    """Hashes and root of a complete tile of leaves."""
    table = tables.tile
    with engine.connect() as connection:
        row = connection.execute(
            select(table.c.hashes, table.c.root).where(table.c.level == 0, table.c.number == number)
        ).one_or_none()
    return None if row is None else (row.hashes, row.root)


class Subtrees:
    """Roots of perfect subtrees, out of tiles where they are complete and of leaves where not; for one proof."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, level: int, number: int) -> bytes:
        """Root of the `number`-th subtree of 2**level leaves."""
        floor, above = divmod(level, LEVELS)
        if above == 0 and floor:
            return self._root(floor - 1, number)
        first = number << above
        hashes = self._hashes(floor, first // TILE)
        return merkle.root_of(hashes[first % TILE : first % TILE + (1 << above)])

    def _root(self, level: int, number: int) -> bytes:
        table = tables.tile
        wanted = select(table.c.root).where(table.c.level == level, table.c.number == number)
        with self._engine.connect() as connection:
            found: bytes = connection.execute(wanted).scalar_one()
        return found

    def _hashes(self, floor: int, number: int) -> list[bytes]:
        """The hashes of a tile, or as many as there are of one that is not complete."""
        known = self._tiles.get((floor, number))
        if known is None:
            known = self._tiles[floor, number] = self._whole(floor, number) or self._part(floor, number)
        return known

    def _whole(self, floor: int, number: int) -> list[bytes]:
        table = tables.tile
        wanted = select(table.c.hashes).where(table.c.level == floor, table.c.number == number)
        with self._engine.connect() as connection:
            packed = connection.scalar(wanted) or b""
        return [packed[at : at + merkle.SIZE] for at in range(0, len(packed), merkle.SIZE)]

    def _part(self, floor: int, number: int) -> list[bytes]:
        leaf, above = tables.leaf, tables.tile
        bounds = {"first": number * TILE, "end": (number + 1) * TILE}
        wanted = select(leaf.c.hash).where(leaf.c.idx.between(bindparam("first"), bindparam("end") - 1))
        wanted = wanted.order_by(leaf.c.idx)
        if floor:
            wanted = select(above.c.root).where(
                above.c.level == floor - 1, above.c.number.between(bindparam("first"), bindparam("end") - 1)
            )
            wanted = wanted.order_by(above.c.number)
        with self._engine.connect() as connection:
            return list(connection.scalars(wanted, bounds))
