"""The SQL tables of catalogue entries, their versions and their histories."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text

from catalog.moment import Moment
from catalog.tables import BIG, METADATA
from schemas.entry_life import IN_FORCE, WAYS

entry = Table(
    "entry",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("dataset", String(128), unique=True),
    Column("origin", String(16), nullable=False),
    Column("steps", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
)

entry_version = Table(
    "entry_version",
    METADATA,
    Column("entry", ForeignKey("entry.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", String(20), nullable=False, index=True),
    Column("code", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("plain", String(200), nullable=False, index=True),
    Column("provider", String(18), nullable=False, index=True),
    Column("division", String(15), nullable=False),
    Column("sharing", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("submitted_by", String(64), nullable=False),
    Column("approved_by", String(64), nullable=False),
    Column("ends", Date),
    Column("moved_at", Moment, nullable=False),
)
_WAY = entry_version.c.state.in_([one.value for one in WAYS])
_FORCE = entry_version.c.state.in_([one.value for one in IN_FORCE])
Index("uq_entry_version_way", entry_version.c.entry, unique=True, sqlite_where=_WAY, postgresql_where=_WAY)
Index("uq_entry_version_force", entry_version.c.entry, unique=True, sqlite_where=_FORCE, postgresql_where=_FORCE)
_CODED = _FORCE & (entry_version.c.code != "")
Index("uq_entry_version_code", entry_version.c.code, unique=True, sqlite_where=_CODED, postgresql_where=_CODED)

entry_step = Table(
    "entry_step",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("entry", ForeignKey("entry.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("action", String(16), nullable=False),
    Column("state", String(20), nullable=False),
    Column("organisation", String(18), nullable=False),
    Column("system", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("post", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("receipt", String(64), nullable=False),
)
