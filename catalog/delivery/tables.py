"""The SQL tables of subscriptions and deliveries, beside the catalogue's other tables."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

subscription = Table(
    "subscription",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("system", ForeignKey("system.id"), nullable=False, index=True),
    Column("organisation", ForeignKey("organisation.credit_code"), nullable=False, index=True),
    Column("dataset", ForeignKey("dataset.key"), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_for", String(64), nullable=False),
)

delivery = Table(
    "delivery",
    METADATA,
    Column("subscription", ForeignKey("subscription.id"), primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("held_until", Moment, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Column("receipt", String(64), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("said", Text, nullable=False),
    CheckConstraint("state IN ('waiting', 'delivered', 'refused', 'failed', 'overtaken')", name="state"),
    Index("ix_delivery_state_next_at", "state", "next_at"),
)
