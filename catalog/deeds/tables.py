"""The SQL table of deeds: the words that the ledger keeps a digest of, under the number of their receipt."""

from sqlalchemy import JSON, Column, Index, String, Table, Text

from catalog.moment import Moment
from catalog.tables import METADATA

deed = Table(
    "deed",
    METADATA,
    Column("receipt", String(64), primary_key=True),
    Column("act", String(32), nullable=False),
    Column("dataset", String(128), nullable=False),
    Column("organisation", String(18), nullable=False),
    Column("person", String(64), nullable=False),
    Column("system", String(64), nullable=False),
    Column("credential", String(64), nullable=False),
    Column("account", String(64), nullable=False),
    Column("basis", String(16), nullable=False),
    Column("said", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_deed_dataset", "dataset", "at"),
)
