"""The SQL tables of foreign catalogues and their entries."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text

from catalog.moment import Moment
from catalog.tables import METADATA

catalogue = Table(
    "foreign_catalogue",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("speaks", String(16), nullable=False),
    Column("url", Text, nullable=False),
    Column("hosts", JSON, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("harvested_at", Moment),
    Column("tried_at", Moment),
    Column("error", Text, nullable=False),
    Column("entries", Integer, nullable=False),
)

entry = Table(
    "foreign_entry",
    METADATA,
    Column("catalogue", ForeignKey("foreign_catalogue.name"), primary_key=True),
    Column("mark", String(64), primary_key=True),
    Column("title", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("harvested_at", Moment, nullable=False),
    Column("removed_at", Moment),
)
"""`mark` is the sha256 of the id that the other node gave it; `removed_at` is since when it is gone there."""
