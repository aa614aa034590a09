"""What grants have given on each day, for those with a limit for the day.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "grant_day",
        sa.Column("grant", sa.String(32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("subjects", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["grant"], ["grant.number"], name=op.f("fk_grant_day_grant")),
        sa.PrimaryKeyConstraint("grant", "day", name=op.f("pk_grant_day")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("grant_day")
