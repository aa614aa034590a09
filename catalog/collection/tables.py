"""The SQL tables of what is collected once: who is right about an item."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, String, Table, Text

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

authority_source = Table(
    "authority_source",
    METADATA,
    Column("number", BIG, primary_key=True),
    Column("element", String(64), nullable=False),
    Column("subject_kind", String(32), nullable=False),
    Column("division", String(15), nullable=False),
    Column("organisation", ForeignKey("organisation.credit_code"), nullable=False),
    Column("dataset", ForeignKey("dataset.key")),
    Column("basis", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("standing", String(16), nullable=False),
    Column("proposed_by", String(18), nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("proposer", String(128), nullable=False),
    Column("decided_by", String(18), nullable=False),
    Column("decided_at", Moment),
    Column("said", Text, nullable=False),
    Column("receipt", String(64), nullable=False),
    CheckConstraint("standing IN ('proposed', 'in_force', 'refused', 'ended')", name="standing"),
    Index("ix_authority_source_element", "element", "subject_kind", "standing"),
)
