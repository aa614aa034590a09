"""Where all faults of a push lie whose answer does not list them.

Revision 0036, after 0035.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.add_column("push", sa.Column("faults", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_column("push", "faults")
