"""What officers confirmed to be gone at a source.

Revision 0029, after 0028.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "confirmed_deletes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_confirmed_deletes_dataset_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmed_deletes")),
    )
    op.create_index("ix_confirmed_deletes_dataset_window", "confirmed_deletes", ["dataset", "window"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("confirmed_deletes")
