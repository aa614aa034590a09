"""The SQL table of what waits, or waited, for the word of a reviewer of its source."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, String, Table, Text

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

matter = Table(
    "matter",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("dataset", ForeignKey("dataset.key"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("window", String(64), nullable=False),
    Column("removed", BigInteger, nullable=False),
    Column("mark", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Column("receipt", String(64), nullable=False),
    CheckConstraint("kind IN ('deletes', 'change')", name="kind"),
    CheckConstraint("state IN ('waiting', 'confirmed', 'refused', 'done', 'settled')", name="state"),
    Index("ix_matter_dataset_kind", "dataset", "kind", "window"),
)
