"""Subscriptions of recipients' systems, and what became of each version for each of them.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "subscription",
        sa.Column("id", BIG, nullable=False),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_for", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["system"], ["system.id"], name=op.f("fk_subscription_system")),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.credit_code"], name=op.f("fk_subscription_organisation")
        ),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_subscription_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    for column in ("system", "organisation", "dataset"):
        op.create_index(op.f(f"ix_subscription_{column}"), "subscription", [column])
    _deliveries()


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("delivery")
    op.drop_table("subscription")


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("subscription", BIG, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'refused', 'failed', 'overtaken')", name=op.f("ck_delivery_state")
        ),
        sa.ForeignKeyConstraint(["subscription"], ["subscription.id"], name=op.f("fk_delivery_subscription")),
        sa.PrimaryKeyConstraint("subscription", "version", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_state_next_at", "delivery", ["state", "next_at"])
