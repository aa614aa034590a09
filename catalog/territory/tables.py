"""The SQL tables of what is recorded about divisions, beside the divisions themselves."""

from sqlalchemy import Column, Integer, String, Table, Text

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

division_year = Table(
    "division_year",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("source", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("read", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("renamed", Integer, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("ended", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)

division_authority = Table(
    "division_authority",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("fact", String(16), nullable=False),
    Column("source", String(32), nullable=False),
    Column("basis", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

division_custody = Table(
    "division_custody",
    METADATA,
    Column("zone", String(15), primary_key=True),
    Column("place", String(15), primary_key=True),
    Column("source", Text, nullable=False),
)
