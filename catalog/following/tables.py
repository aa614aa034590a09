"""The SQL tables of follows and of the words that are to be sent outside for them."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

follow = Table(
    "follow",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("organisation", ForeignKey("organisation.credit_code"), nullable=False, index=True),
    Column("system", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("followed", String(16), nullable=False),
    Column("what", String(128), nullable=False),
    Column("email", String(320), nullable=False),
    Column("url", Text, nullable=False),
    Column("salt", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ended_at", Moment),
    CheckConstraint("followed IN ('dataset', 'element', 'department')", name="followed"),
    Index("ix_follow_followed_what", "followed", "what"),
)

errand = Table(
    "errand",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("follow", ForeignKey("follow.id"), nullable=False),
    Column("cause", String(250), nullable=False),
    Column("dataset", String(128), nullable=False),
    Column("about", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("subject_en", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("state IN ('waiting', 'sent', 'failed', 'dropped')", name="state"),
    UniqueConstraint("follow", "cause"),
    Index("ix_errand_state_next_at", "state", "next_at"),
)
