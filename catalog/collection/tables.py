"""The SQL tables of what is collected once: who is right about an item, what is collected, which forms ask for it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

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

collected_item = Table(
    "collected_item",
    METADATA,
    Column("dataset", ForeignKey("dataset.key", ondelete="CASCADE"), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("element", String(64), nullable=False),
    Column("subject_kind", String(32), nullable=False),
    Column("division", String(15), nullable=False),
    Column("withheld", Boolean, nullable=False),
    Index("ix_collected_item_element", "element", "subject_kind", "withheld", "division"),
    Index("ix_collected_item_told", "told", "subject_kind", "withheld", "division"),
)
"""Fields of datasets as the duplicate check looks for them. `told` is the compared name, `element` also what a name
means that declares none."""

item_pair = Table(
    "item_pair",
    METADATA,
    Column("pair", String(2), primary_key=True),
    Column("told", Text, primary_key=True),
    Column("pairs", Integer, nullable=False),
)
"""The rarest pairs of characters of every compared name, to find those that are nearly alike."""

collection_form = Table(
    "collection_form",
    METADATA,
    Column("number", String(32), primary_key=True),
    Column("organisation", ForeignKey("organisation.credit_code"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("subject_kind", String(32), nullable=False),
    Column("division", String(15), nullable=False),
    Column("dataset", String(128), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("moved_at", Moment, nullable=False),
    Column("decided_by", String(18), nullable=False),
    Column("said", Text, nullable=False),
    CheckConstraint("state IN ('draft', 'waiting', 'cleared', 'withdrawn')", name="state"),
)

form_item = Table(
    "form_item",
    METADATA,
    Column("form", ForeignKey("collection_form.number"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("element", String(64), nullable=False),
    Column("type", String(32), nullable=False),
    Column("column", String(128), nullable=False),
    Column("choice", String(16), nullable=False),
    Column("dataset", String(128), nullable=False, index=True),
    Column("reason", String(32), nullable=False),
    Column("said", Text, nullable=False),
    Column("until", Date),
    Column("approved", Boolean, nullable=False),
    Column("hits", Integer, nullable=False),
)

form_step = Table(
    "form_step",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("form", ForeignKey("collection_form.number"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("act", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("organisation", String(18), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("said", Text, nullable=False),
    Column("receipt", String(64), nullable=False),
)

column_sketch = Table(
    "column_sketch",
    METADATA,
    Column("dataset", ForeignKey("dataset.key", ondelete="CASCADE"), primary_key=True),
    Column("field", String(128), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("packed", LargeBinary, nullable=False),
)
"""Short sketches of the newest version; the whole ones lie beside its profile."""

use_day = Table(
    "use_day",
    METADATA,
    Column("dataset", String(128), primary_key=True),
    Column("organisation", String(18), primary_key=True),
    Column("purpose", String(64), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reads", BigInteger, nullable=False),
)
"""Who used what for what on which day, counted from the receipts; a counter `uses` says up to which receipt."""
