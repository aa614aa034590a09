"""The SQL tables of clocks, beside the catalogue's other tables."""

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, Index, String, Table, Text, UniqueConstraint

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

work_day = Table(
    "work_day",
    METADATA,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    Column("source", Text, nullable=False),
)

deadline_rule = Table(
    "deadline_rule",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("jurisdiction", String(15), nullable=False),
    Column("event", String(32), nullable=False),
    Column("valid_from", String(10), nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("jurisdiction", "event", "valid_from"),
)
"""`valid_from` is empty where a rule has no first day: NULL would not be the same twice."""

clock = Table(
    "clock",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("thing", String(64), nullable=False),
    Column("event", String(32), nullable=False),
    Column("division", String(15), nullable=False),
    Column("responsible", String(18), nullable=False),
    Column("parties", JSON, nullable=False),
    Column("dataset", String(128), nullable=False),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("steps", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due", Date, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("reminded_at", Moment),
    Column("breached_at", Moment),
    Column("escalated_at", Moment),
    Column("stopped_at", Moment),
    CheckConstraint("state IN ('running', 'paused', 'stopped')", name="state"),
    Index("ix_clock_kind_thing", "kind", "thing"),
    Index("ix_clock_state_due", "state", "due"),
)
Index(
    "uq_clock_living",
    clock.c.kind,
    clock.c.thing,
    clock.c.event,
    unique=True,
    sqlite_where=clock.c.state != "stopped",
    postgresql_where=clock.c.state != "stopped",
)
