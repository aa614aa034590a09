"""The SQL tables of pushed records: every accepted push, and up to when the windows of a dataset are closed."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text

from catalog.moment import Moment
from catalog.tables import METADATA

push = Table(
    "push",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("dataset", ForeignKey("dataset.key"), nullable=False),
    Column("organisation", String(18), nullable=False),
    Column("system", String(64), nullable=False),
    Column("body", String(64), nullable=False),
    Column("arrived_at", Moment, nullable=False),
    Column("lands_at", Moment, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("rules", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("faults", Text, nullable=False, server_default=text("''")),
    Column("receipt", String(64), nullable=False),
    Column("reference", String(64), nullable=False),
    Column("window", String(64), nullable=False),
    Column("landed_at", Moment),
    CheckConstraint("accepted >= 0 AND refused >= 0", name="rows"),
    Index("ux_push_dataset_lands_at", "dataset", "lands_at", unique=True),
    Index("ix_push_dataset_window", "dataset", "window"),
    Index("ix_push_sender", "dataset", "organisation", "lands_at", "accepted", "refused", "arrived_at"),
)

inbox = Table(
    "inbox",
    METADATA,
    Column("dataset", ForeignKey("dataset.key"), primary_key=True),
    Column("closed_until", Moment, nullable=False),
    Column("swept_at", Moment),
)
