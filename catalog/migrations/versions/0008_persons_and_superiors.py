"""Persons with roles, whose credentials may be theirs; superiors of organisations, and the data administrations.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "person",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.credit_code"], name=op.f("fk_person_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_organisation"), "person", ["organisation"])
    op.add_column("credential", sa.Column("person", sa.String(64), nullable=True))
    op.add_column("organisation", sa.Column("parent", sa.String(18), nullable=True))
    op.add_column("organisation", sa.Column("line", sa.String(18), nullable=True))
    op.add_column("organisation", sa.Column("authority", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Back to the revision before."""
    for column in ("authority", "line", "parent"):
        op.drop_column("organisation", column)
    op.drop_column("credential", "person")
    op.drop_table("person")
