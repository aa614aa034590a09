"""When an inbox was swept last.

Revision 0034, after 0033.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.add_column("inbox", sa.Column("swept_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_column("inbox", "swept_at")
