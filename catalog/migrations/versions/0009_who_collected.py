"""How many rows of the newest version each division collected, for what comes back to it.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "collected",
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("division", sa.String(15), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_collected_dataset")),
        sa.PrimaryKeyConstraint("dataset", "division", name=op.f("pk_collected")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("collected")
