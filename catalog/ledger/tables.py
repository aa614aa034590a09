"""Tables of the ledger: on PostgreSQL in the catalogue's database, on SQLite in a file of the ledger's own."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    inspect,
)

from catalog.database import writing
from catalog.tables import BIG, METADATA

LEDGER = MetaData(naming_convention=METADATA.naming_convention)

leaf = Table(
    "log_leaf",
    LEDGER,
    Column("idx", BIG, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("body", Text),
    Column("at", BigInteger, nullable=False),
)
"""One receipt each, dense from 0. `body` is the canonical JSON that was hashed, NULL once erased; `at` microseconds."""

head = Table(
    "log_head",
    LEDGER,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("origin", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("day", Integer, nullable=False),
    CheckConstraint("id = 1", name="one"),
)
"""One row: what is needed to append, the signed checkpoint of just this size, and the day that was last kept."""

tile = Table(
    "log_tile",
    LEDGER,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BIG, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""256 hashes each, written once they are complete: of leaves at level 0, of the roots of tiles above."""

subject = Table(
    "log_subject",
    LEDGER,
    Column("token", LargeBinary, primary_key=True),
    Column("idx", BIG, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Under which tokens a receipt is found again: of its subject, its organisation, the receipt that it closes."""

checkpoint = Table(
    "log_checkpoint",
    LEDGER,
    Column("size", BIG, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""The first signed checkpoint of every day, kept for ever."""

Index("ix_log_checkpoint_at", checkpoint.c.at)


def prepare(engine: Engine) -> None:
    """Make the tables in a ledger's own file; PostgreSQL has them by migration."""
    if len(inspect(engine).get_table_names()) >= len(LEDGER.tables):
        return
    with writing(engine) as connection:  # two processes that start at once wait for each other
        LEDGER.create_all(connection)
