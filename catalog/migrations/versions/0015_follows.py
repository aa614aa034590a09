"""What organisations follow, and the words that are to be sent outside for it.

Revision 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "follow",
        sa.Column("id", BIG, nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("followed", sa.String(16), nullable=False),
        sa.Column("what", sa.String(128), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("followed IN ('dataset', 'element', 'department')", name=op.f("ck_follow_followed")),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.credit_code"], name=op.f("fk_follow_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow")),
    )
    op.create_index(op.f("ix_follow_organisation"), "follow", ["organisation"])
    op.create_index("ix_follow_followed_what", "follow", ["followed", "what"])
    op.create_table(
        "errand",
        sa.Column("id", BIG, nullable=False),
        sa.Column("follow", BIG, nullable=False),
        sa.Column("cause", sa.String(250), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("about", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_en", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'dropped')", name=op.f("ck_errand_state")),
        sa.ForeignKeyConstraint(["follow"], ["follow.id"], name=op.f("fk_errand_follow")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
        sa.UniqueConstraint("follow", "cause", name=op.f("uq_errand_follow_cause")),
    )
    op.create_index("ix_errand_state_next_at", "errand", ["state", "next_at"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("errand")
    op.drop_table("follow")
