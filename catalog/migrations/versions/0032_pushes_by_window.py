"""Pushes are found by the window that takes them.

Revision 0032, after 0031.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NAME = "ix_push_dataset_window"


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_index(NAME, "push", ["dataset", "window"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index(NAME, table_name="push")
