"""Who used what for what on which day, counted from the receipts.

Revision 0026, after 0025.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "use_day",
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reads", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", "organisation", "purpose", "day", name=op.f("pk_use_day")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("use_day")
