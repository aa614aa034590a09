"""Datasets are found by who owns them without looking at all of them.

Revision 0027, after 0026.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_index(op.f("ix_dataset_owner"), "dataset", ["owner"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index(op.f("ix_dataset_owner"), "dataset")
