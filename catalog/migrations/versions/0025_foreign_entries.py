"""Catalogues of other nodes and their entries.

Revision 0025, after 0024.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "foreign_catalogue",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("speaks", sa.String(16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("hosts", sa.JSON(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("harvested_at", MOMENT),
        sa.Column("tried_at", MOMENT),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_foreign_catalogue")),
    )
    op.create_table(
        "foreign_entry",
        sa.Column("catalogue", sa.String(64), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("harvested_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.ForeignKeyConstraint(["catalogue"], ["foreign_catalogue.name"], name=op.f("fk_foreign_entry_catalogue")),
        sa.PrimaryKeyConstraint("catalogue", "mark", name=op.f("pk_foreign_entry")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("foreign_entry")
    op.drop_table("foreign_catalogue")
