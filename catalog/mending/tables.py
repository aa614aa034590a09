"""The SQL tables of incidents and notices, beside the catalogue's other tables."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

incident = Table(
    "incident",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("dataset", ForeignKey("dataset.key"), nullable=False),
    Column("rule", String(256), nullable=False),
    Column("part", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("columns", JSON, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("checked", BigInteger, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("first_version", Integer, nullable=False),
    Column("last_version", Integer, nullable=False),
    Column("window", String(64), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Column("due", Date, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("said", Text, nullable=False),
    Column("seen", String(64), nullable=False),
    Column("kept", BigInteger, nullable=False),
    CheckConstraint("state IN ('open', 'acknowledged', 'corrected', 'rejected', 'verified')", name="state"),
    Index("ix_incident_state_due", "state", "due"),
)
Index(
    "uq_incident_living",
    incident.c.dataset,
    incident.c.rule,
    incident.c.part,
    unique=True,
    sqlite_where=incident.c.state != "verified",
    postgresql_where=incident.c.state != "verified",
)

incident_step = Table(
    "incident_step",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("incident", ForeignKey("incident.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("action", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("organisation", String(18), nullable=False),
    Column("system", String(64), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("said", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("receipt", String(64), nullable=False),
)

notice = Table(
    "notice",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("recipient", String(18), nullable=False),
    Column("about", String(32), nullable=False),
    Column("dataset", String(128), nullable=False),
    Column("cause", String(250), nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_en", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("read_at", Moment),
    UniqueConstraint("recipient", "cause"),
)
