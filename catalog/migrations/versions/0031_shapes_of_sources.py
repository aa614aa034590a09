"""What the source of each dataset looked like when it was last read.

Revision 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "source_shape",
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_source_shape_dataset_dataset")),
        sa.PrimaryKeyConstraint("dataset", name=op.f("pk_source_shape")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("source_shape")
