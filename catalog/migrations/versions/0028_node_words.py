"""What waits for other nodes is overtaken by later words of the same; of a relayed request the version is kept.

Revision 0028, after 0027.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

OLD, NEW = "ix_node_outgoing_state_next_at", "ix_node_outgoing_state_node_number"


def upgrade() -> None:
    """From the revision before to this one; the catalogue is reported anew, for what failed was given up."""
    op.add_column("node_outgoing", sa.Column("about", sa.String(64), nullable=False, server_default=sa.text("''")))
    op.add_column("node_request", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.drop_index(OLD, table_name="node_outgoing")
    op.create_index(NEW, "node_outgoing", ["state", "node", "number"])
    op.execute("UPDATE node SET reported = ''")


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index(NEW, table_name="node_outgoing")
    op.create_index(OLD, "node_outgoing", ["state", "next_at"])
    op.drop_column("node_request", "version")
    op.drop_column("node_outgoing", "about")
