"""The SQL tables of corrections. Keys, values and words lie sealed; what is looked up by lies as keyed tokens."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

STATES = "'located', 'verifying', 'correcting', 'upheld', 'unassigned', 'propagating', 'closed'"

correction = Table(
    "correction",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("dataset", ForeignKey("dataset.key"), nullable=False),
    Column("column", String(128), nullable=False),
    Column("cell", String(32), nullable=False),
    Column("owner", String(18), nullable=False, index=True),
    Column("division", String(15), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("corrected", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    CheckConstraint(f"state IN ({STATES})", name="state"),
    Index("ix_correction_dataset_state", "dataset", "state"),
    Index("ix_correction_cell", "cell"),
)
Index(
    "uq_correction_living",
    correction.c.cell,
    unique=True,
    sqlite_where=correction.c.state != "closed",
    postgresql_where=correction.c.state != "closed",
)

claim = Table(
    "correction_claim",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("correction", ForeignKey("correction.id"), nullable=False, index=True),
    Column("dataset", String(128), nullable=False, index=True),
    Column("column", String(128), nullable=False),
    Column("organisation", String(18), nullable=False, index=True),
    Column("system", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("citizen", String(32), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

told = Table(
    "correction_told",
    METADATA,
    Column("correction", ForeignKey("correction.id"), primary_key=True),
    Column("organisation", String(18), primary_key=True),
    Column("grant", String(32), primary_key=True),
    Column("dataset", String(128), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("by", String(160), nullable=False),
    Index("ix_correction_told_organisation", "organisation"),
)

step = Table(
    "correction_step",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("correction", ForeignKey("correction.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("action", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("organisation", String(18), nullable=False),
    Column("system", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("receipt", String(64), nullable=False),
)
