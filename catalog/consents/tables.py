"""The SQL tables of consents, beside the catalogue's other tables."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
)

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

consent = Table(
    "consent",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("person", LargeBinary(16), nullable=False, index=True),
    Column("owner", String(18), nullable=False),
    Column("dataset", String(128), nullable=False),
    Column("recipient", String(18), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("recorded_by", String(18), nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    Index("ix_consent_owner_recipient", "owner", "recipient", "purpose", "dataset"),
)

consent_turn = Table(
    "consent_turn",
    METADATA,
    Column("owner", String(18), primary_key=True),
    Column("recipient", String(18), primary_key=True),
    Column("turn", BigInteger, nullable=False),
)

consent_batch = Table(
    "consent_batch",
    METADATA,
    Column("organisation", String(18), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", Moment, nullable=False),
)
