"""Yearly tables of divisions that were imported, the authority for each kind of fact, and the land of zones.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    big = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "division_year",
        sa.Column("id", big, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("renamed", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division_year")),
    )
    op.create_table(
        "division_authority",
        sa.Column("id", big, nullable=False),
        sa.Column("fact", sa.String(16), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division_authority")),
    )
    op.create_table(
        "division_custody",
        sa.Column("zone", sa.String(15), nullable=False),
        sa.Column("place", sa.String(15), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("zone", "place", name=op.f("pk_division_custody")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    for table in ("division_custody", "division_authority", "division_year"):
        op.drop_table(table)
