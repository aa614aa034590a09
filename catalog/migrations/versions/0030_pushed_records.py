"""Pushed records: every accepted push, and up to when the windows of an inbox are closed.

Revision 0030, after 0029.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "push",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("body", sa.String(64), nullable=False),
        sa.Column("arrived_at", MOMENT, nullable=False),
        sa.Column("lands_at", MOMENT, nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("window", sa.String(64), nullable=False),
        sa.Column("landed_at", MOMENT),
        sa.CheckConstraint("accepted >= 0 AND refused >= 0", name=op.f("ck_push_rows")),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_push_dataset_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push")),
    )
    op.create_index("ux_push_dataset_lands_at", "push", ["dataset", "lands_at"], unique=True)
    op.create_table(
        "inbox",
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("closed_until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_inbox_dataset_dataset")),
        sa.PrimaryKeyConstraint("dataset", name=op.f("pk_inbox")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("inbox")
    op.drop_index("ux_push_dataset_lands_at", table_name="push")
    op.drop_table("push")
