"""The SQL table of who collected how much: rows of the newest version by the division that collected them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table

from catalog.tables import METADATA

collected = Table(
    "collected",
    METADATA,
    Column("dataset", ForeignKey("dataset.key"), primary_key=True),
    Column("division", String(15), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
)
