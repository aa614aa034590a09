"""Short sketches of columns: keyed samples by which columns of different datasets are held against each other unread.

Revision 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "column_sketch",
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("field", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"], ["dataset.key"], name=op.f("fk_column_sketch_dataset_dataset"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dataset", "field", name=op.f("pk_column_sketch")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("column_sketch")
