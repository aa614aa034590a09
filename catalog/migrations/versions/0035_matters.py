"""What waits for the word of a reviewer of its source; what was confirmed to be gone moves there.

Revision 0035, after 0034.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OBJECT = {"postgresql": "CAST(json_build_object({0}) AS text)", "sqlite": "json_object({0})"}
BODY = (
    "'window', c.\"window\", 'version', c.version, 'base', 0, 'removed', c.removed, 'of', c.removed, "
    "'most_share', 0.0, 'keys', NULL"
)
MOVED = """
INSERT INTO matter (dataset, kind, state, "window", removed, mark, body, found_at, moved_at, receipt)
SELECT c.dataset, 'deletes', 'confirmed', c."window", c.removed, 'version ' || c.version, {body}, d.at, d.at, c.receipt
FROM confirmed_deletes AS c JOIN deed AS d ON d.receipt = c.receipt ORDER BY c.id
"""
BACK = """
INSERT INTO confirmed_deletes (dataset, "window", version, removed, receipt)
SELECT dataset, "window", CAST(substr(mark, 9) AS INTEGER), removed, receipt
FROM matter WHERE kind = 'deletes' AND state = 'confirmed' ORDER BY id
"""


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "matter",
        sa.Column("id", BIG, nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('deletes', 'change')", name=op.f("ck_matter_kind")),
        sa.CheckConstraint("state IN ('waiting', 'confirmed', 'refused', 'settled')", name=op.f("ck_matter_state")),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_matter_dataset_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
    )
    op.create_index("ix_matter_dataset_kind", "matter", ["dataset", "kind", "window"])
    op.execute(MOVED.format(body=OBJECT[op.get_bind().dialect.name].format(BODY)))
    op.drop_index("ix_confirmed_deletes_dataset_window", "confirmed_deletes")
    op.drop_table("confirmed_deletes")


def downgrade() -> None:
    """Back to the revision before; what waits is lost, and asked again by the next run."""
    op.create_table(
        "confirmed_deletes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_confirmed_deletes_dataset_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmed_deletes")),
    )
    op.create_index("ix_confirmed_deletes_dataset_window", "confirmed_deletes", ["dataset", "window"])
    op.execute(BACK)
    op.drop_index("ix_matter_dataset_kind", "matter")
    op.drop_table("matter")
