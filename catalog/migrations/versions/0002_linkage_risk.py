"""Versions carry their linkage risk: l beside k, and the columns that both were computed over.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one. A k that is there already says not over what, so it is not relied on."""
    op.add_column("version", sa.Column("diversity", sa.Integer(), nullable=True))
    op.add_column("version", sa.Column("told_apart", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("version", sa.Column("sensitive", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Back to the revision before."""
    for column in ("sensitive", "told_apart", "diversity"):
        op.drop_column("version", column)
