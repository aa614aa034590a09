"""Lineage that runs tell of, beside what contracts declare; columns in a table of their own, found by their dataset.

Revision 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
MOMENT = sa.DateTime(timezone=True)
NAMES = ("from_kind", "from_name", "to_kind", "to_name")


def upgrade() -> None:
    """From the revision before to this one."""
    edge = op.create_table(
        "lineage_edge",
        sa.Column("from_kind", sa.String(16), nullable=False),
        sa.Column("from_name", sa.String(250), nullable=False),
        sa.Column("to_kind", sa.String(16), nullable=False),
        sa.Column("to_name", sa.String(250), nullable=False),
        sa.Column("told_by", sa.String(18), nullable=False),
        sa.Column("job", sa.String(32), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*NAMES, "told_by", "job", name=op.f("pk_lineage_edge")),
    )
    op.create_index("ix_lineage_edge_to", "lineage_edge", ["to_kind", "to_name"])
    op.create_index("ix_lineage_edge_told", "lineage_edge", ["told_by", "job"])
    keys = ("from_dataset", "from_column", "to_dataset", "to_column")
    column = op.create_table(
        "lineage_column",
        *(sa.Column(name, sa.String(128), nullable=False) for name in keys),
        sa.Column("how", sa.String(16), nullable=False),
        sa.Column("told_by", sa.String(18), nullable=False),
        sa.Column("job", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint(*keys, "how", "told_by", "job", name=op.f("pk_lineage_column")),
    )
    op.create_index("ix_lineage_column_to", "lineage_column", ["to_dataset"])
    op.create_index("ix_lineage_column_told", "lineage_column", ["told_by", "job"])
    _of_runs()
    _move(edge, column)
    op.drop_index("ix_lineage_to", "lineage")
    op.drop_table("lineage")


def _of_runs() -> None:
    op.create_table(
        "lineage_job",
        sa.Column("told_by", sa.String(18), nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("completed_at", MOMENT),
        sa.PrimaryKeyConstraint("told_by", "mark", name=op.f("pk_lineage_job")),
    )
    op.create_table(
        "lineage_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("told_by", sa.String(18), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("job", sa.String(32), nullable=False),
        sa.Column("run", sa.String(64), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lineage_event")),
        sa.UniqueConstraint("told_by", "mark", name=op.f("uq_lineage_event_told_by_mark")),
    )
    op.create_index("ix_lineage_event_run", "lineage_event", ["told_by", "job", "run"])
    op.create_index("ix_lineage_event_received_at", "lineage_event", ["received_at"])


def _move(edge: sa.Table, column: sa.Table) -> None:
    """What contracts declared: keys are two words, so what follows the second dot is the column."""
    former = sa.table("lineage", *(sa.column(name) for name in NAMES), sa.column("since", MOMENT))
    connection = op.get_bind()
    rows = connection.execute(sa.select(former)).mappings().all()
    edges = [dict(row) for row in rows if row["from_kind"] != "column"]
    if edges:
        connection.execute(sa.insert(edge), [row | {"told_by": "", "job": ""} for row in edges])
    columns = [_column(row) for row in rows if row["from_kind"] == "column"]
    if columns:
        connection.execute(sa.insert(column), columns)


def _column(row: sa.RowMapping) -> dict[str, str]:
    department, name, origin = row["from_name"].split(".")
    there, theirs, *field = row["to_name"].split(".")
    return {
        "from_dataset": f"{department}.{name}",
        "from_column": origin,
        "to_dataset": f"{there}.{theirs}",
        "to_column": "".join(field),
        "how": row["to_kind"],
        "told_by": "",
        "job": "",
    }


def downgrade() -> None:
    """Back to the revision before; what runs told of is forgotten, columns come back when contracts are registered."""
    former = op.create_table(
        "lineage",
        sa.Column("from_kind", sa.String(16), nullable=False),
        sa.Column("from_name", sa.String(250), nullable=False),
        sa.Column("to_kind", sa.String(16), nullable=False),
        sa.Column("to_name", sa.String(250), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*NAMES, name=op.f("pk_lineage")),
    )
    op.create_index("ix_lineage_to", "lineage", ["to_kind", "to_name"])
    edge = sa.table("lineage_edge", *(sa.column(n) for n in NAMES), sa.column("told_by"), sa.column("since", MOMENT))
    declared = sa.select(*(edge.c[name] for name in (*NAMES, "since"))).where(edge.c.told_by == "")
    op.get_bind().execute(sa.insert(former).from_select([*NAMES, "since"], declared))
    for table in ("lineage_event", "lineage_job", "lineage_column", "lineage_edge"):
        op.drop_table(table)
