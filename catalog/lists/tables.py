"""The SQL tables of kept editions of lists, of assessments whether data may be opened, and of ratings by recipients."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

edition = Table(
    "list_edition",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("list", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("receipt", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_list_edition_list_id", "list", "id"),
)
"""`body` is the deflated JSON Lines of which `sha256` is on the ledger."""

assessment = Table(
    "open_assessment",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("dataset", ForeignKey("dataset.key"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("organisation", String(18), nullable=False),
    Column("person", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("basis", Text, nullable=False),
    Column("next", Date, nullable=False),
    Column("receipt", String(64), nullable=False),
    CheckConstraint("outcome IN ('open', 'conditional', 'closed')", name="outcome"),
)

rating = Table(
    "rating",
    METADATA,
    Column("dataset", ForeignKey("dataset.key"), primary_key=True),
    Column("organisation", ForeignKey("organisation.credit_code"), primary_key=True),
    Column("score", Integer, nullable=False),
    Column("said", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("receipt", String(64), nullable=False),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
)
