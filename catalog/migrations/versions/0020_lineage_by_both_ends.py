"""The index of lineage by its end holds its beginning too, so that what is read first of a crowd needs no sorting.

Revision 0020, after 0019.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.drop_index("ix_lineage_edge_to", "lineage_edge")
    op.create_index("ix_lineage_edge_to", "lineage_edge", ["to_kind", "to_name", "from_kind", "from_name"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index("ix_lineage_edge_to", "lineage_edge")
    op.create_index("ix_lineage_edge_to", "lineage_edge", ["to_kind", "to_name"])
