"""The SQL tables of sharing requests, beside the catalogue's other tables."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from catalog.moment import Moment
from catalog.tables import BIG, METADATA
from schemas.request import State

request = Table(
    "request",
    METADATA,
    Column("number", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("dataset", String(128), nullable=False),
    Column("requester", ForeignKey("organisation.credit_code"), nullable=False),
    Column("responsible", String(18), nullable=False),
    Column("grant", String(32), nullable=False, index=True),
    Column("ends_at", Moment),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint(f"state IN ({', '.join(repr(one.value) for one in State)})", name="state"),
    Index("ix_request_state", "state"),
    Index("ix_request_responsible_state", "responsible", "state"),
)

request_party = Table(
    "request_party",
    METADATA,
    Column("organisation", String(18), primary_key=True),
    Column("request", ForeignKey("request.number"), primary_key=True),
)
"""Who may read a request: everybody who has stood on one of its sides."""

request_step = Table(
    "request_step",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("request", ForeignKey("request.number"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("action", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("organisation", String(18), nullable=False),
    Column("system", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("post", Text, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("said", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Column("receipt", String(64), nullable=False),
)

request_once = Table(
    "request_once",
    METADATA,
    Column("organisation", String(18), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("request", ForeignKey("request.number"), nullable=False),
    Column("at", Moment, nullable=False),
)
"""Idempotency-Keys: what was done under one is not done again."""
