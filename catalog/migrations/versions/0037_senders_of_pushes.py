"""What senders have pushed is counted, and their last pushes are found, without reading every push.

Revision 0037, after 0036.
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NAME = "ix_push_sender"


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_index(NAME, "push", ["dataset", "organisation", "lands_at", "accepted", "refused", "arrived_at"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index(NAME, table_name="push")
