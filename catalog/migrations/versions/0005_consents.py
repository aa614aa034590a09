"""Consents of persons, how often those to one recipient changed, and which batches were recorded.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("person", sa.LargeBinary(16), nullable=False),
        sa.Column("owner", sa.String(18), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("recipient", sa.String(18), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("begins", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(18), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_person"), "consent", ["person"])
    op.create_index("ix_consent_owner_recipient", "consent", ["owner", "recipient", "purpose", "dataset"])
    _beside()


def _beside() -> None:
    op.create_table(
        "consent_turn",
        sa.Column("owner", sa.String(18), nullable=False),
        sa.Column("recipient", sa.String(18), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "recipient", name=op.f("pk_consent_turn")),
    )
    op.create_table(
        "consent_batch",
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "key", name=op.f("pk_consent_batch")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    for table in ("consent_batch", "consent_turn", "consent"):
        op.drop_table(table)
