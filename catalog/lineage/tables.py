"""The SQL tables of lineage: edges between datasets, between their columns, and the runs that told of some of them."""

from sqlalchemy import Column, Index, String, Table, Text, UniqueConstraint

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

edge = Table(
    "lineage_edge",
    METADATA,
    Column("from_kind", String(16), primary_key=True),
    Column("from_name", String(250), primary_key=True),
    Column("to_kind", String(16), primary_key=True),
    Column("to_name", String(250), primary_key=True),
    Column("told_by", String(18), primary_key=True),
    Column("job", String(32), primary_key=True),
    Column("since", Moment, nullable=False),
    Index("ix_lineage_edge_to", "to_kind", "to_name", "from_kind", "from_name"),
    Index("ix_lineage_edge_told", "told_by", "job"),
)
"""`told_by`: the organisation whose run told of it; `job`: the mark of its job. Both empty where a contract says so."""

column = Table(
    "lineage_column",
    METADATA,
    Column("from_dataset", String(128), primary_key=True),
    Column("from_column", String(128), primary_key=True),
    Column("to_dataset", String(128), primary_key=True),
    Column("to_column", String(128), primary_key=True),
    Column("how", String(16), primary_key=True),
    Column("told_by", String(18), primary_key=True),
    Column("job", String(32), primary_key=True),
    Index("ix_lineage_column_to", "to_dataset"),
    Index("ix_lineage_column_told", "told_by", "job"),
)
"""`to_column` is empty where rows are only chosen by the other column."""

job = Table(
    "lineage_job",
    METADATA,
    Column("told_by", String(18), primary_key=True),
    Column("mark", String(32), primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("completed_at", Moment),
)

event = Table(
    "lineage_event",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("told_by", String(18), nullable=False),
    Column("mark", String(64), nullable=False),
    Column("job", String(32), nullable=False),
    Column("run", String(64), nullable=False),
    Column("type", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False, index=True),
    Column("told", Text, nullable=False),
    UniqueConstraint("told_by", "mark"),
    Index("ix_lineage_event_run", "told_by", "job", "run"),
)
"""What runs told of late, so that the same event counts once and a run's inputs and outputs may come one by one."""
