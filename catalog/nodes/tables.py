"""The SQL tables of other nodes, of the organisations that they vouch for, and of messages to and from them."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

node = Table(
    "node",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("division", String(15), nullable=False),
    Column("url", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("ledger_key", Text, nullable=False),
    Column("relation", String(16), nullable=False),
    Column("clearance", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("reported", String(64), nullable=False),
    CheckConstraint("relation IN ('superior', 'subordinate')", name="relation"),
)
"""`reported`: digest of the catalogue that was last reported to it."""

resident = Table(
    "node_organisation",
    METADATA,
    Column("node", ForeignKey("node.id"), primary_key=True),
    Column("organisation", ForeignKey("organisation.credit_code"), primary_key=True),
    Column("admitted_at", Moment, nullable=False),
)
"""Organisations that a node may speak for here."""

received = Table(
    "node_received",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("node", ForeignKey("node.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("answer", Text, nullable=False),
)

outgoing = Table(
    "node_outgoing",
    METADATA,
    Column("number", BIG, primary_key=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("node", ForeignKey("node.id"), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("said", Text, nullable=False),
    Column("about", String(64), nullable=False, server_default=text("''")),
    CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state"),
    Index("ix_node_outgoing_state_node_number", "state", "node", "number"),
)
"""`about`: what it speaks of; a later word about the same overtakes it while it waits. `body` is empty once sent."""

entry = Table(
    "node_entry",
    METADATA,
    Column("node", ForeignKey("node.id"), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("report", String(64), nullable=False),
    Column("sharing", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
"""What other nodes have in their catalogues."""

relayed_there = Table(
    "node_request",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("node", ForeignKey("node.id"), nullable=False),
    Column("organisation", ForeignKey("organisation.credit_code"), nullable=False, index=True),
    Column("dataset", String(128), nullable=False),
    Column("want", Text, nullable=False),
    Column("state", String(500), nullable=False),
    Column("number", String(500), nullable=False),
    Column("grant", String(500), nullable=False),
    Column("said", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("told_at", Moment, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
)
"""Requests of our organisations at other nodes."""

relayed_here = Table(
    "node_relayed",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("node", ForeignKey("node.id"), nullable=False, index=True),
    Column("number", ForeignKey("request.number"), nullable=False),
    Column("told", Integer, nullable=False),
)
"""Requests here that another node relayed, and the version of each that it was last told of."""
