"""The authority registry: who is right about a data element, of which subjects, where, since when.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "authority_source",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("element", sa.String(64), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("division", sa.String(15), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("proposed_by", sa.String(18), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposer", sa.String(128), nullable=False),
        sa.Column("decided_by", sa.String(18), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "standing IN ('proposed', 'in_force', 'refused', 'ended')", name=op.f("ck_authority_source_standing")
        ),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.credit_code"], name=op.f("fk_authority_source_organisation_organisation")
        ),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_authority_source_dataset_dataset")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_authority_source")),
    )
    op.create_index("ix_authority_source_element", "authority_source", ["element", "subject_kind", "standing"])


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("authority_source")
