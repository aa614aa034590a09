"""Kept editions of the lists of sharing, assessments whether data may be opened, and ratings by recipients.

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "list_edition",
        sa.Column("id", BIG, nullable=False),
        sa.Column("list", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_edition")),
    )
    op.create_index("ix_list_edition_list_id", "list_edition", ["list", "id"])
    op.create_table(
        "open_assessment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("next", sa.Date(), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.CheckConstraint("outcome IN ('open', 'conditional', 'closed')", name=op.f("ck_open_assessment_outcome")),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_open_assessment_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_assessment")),
    )
    op.create_index(op.f("ix_open_assessment_dataset"), "open_assessment", ["dataset"])
    op.create_table(
        "rating",
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_rating_score")),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_rating_dataset")),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.credit_code"], name=op.f("fk_rating_organisation")),
        sa.PrimaryKeyConstraint("dataset", "organisation", name=op.f("pk_rating")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("rating")
    op.drop_table("open_assessment")
    op.drop_table("list_edition")
