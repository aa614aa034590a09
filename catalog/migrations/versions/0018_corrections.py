"""Corrections of values that are doubted, who claims, who received the old value, and what was done.

Revision 0018, after 0017.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
STATES = "'located', 'verifying', 'correcting', 'upheld', 'unassigned', 'propagating', 'closed'"


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "correction",
        sa.Column("id", BIG, nullable=False),
        _text("dataset", 128),
        _text("column", 128),
        _text("cell", 32),
        _text("owner", 18),
        _text("division", 15),
        _text("state", 16),
        _moment("opened_at"),
        _moment("moved_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        _text("outcome", 16),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_correction_state")),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_correction_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_owner"), "correction", ["owner"])
    op.create_index("ix_correction_dataset_state", "correction", ["dataset", "state"])
    op.create_index("ix_correction_cell", "correction", ["cell"])
    living = sa.text("state != 'closed'")
    op.create_index(
        "uq_correction_living", "correction", ["cell"], unique=True, sqlite_where=living, postgresql_where=living
    )
    _claims()
    _told()
    _steps()


def downgrade() -> None:
    """Back to the revision before."""
    for name in ("correction_step", "correction_told", "correction_claim", "correction"):
        op.drop_table(name)


def _claims() -> None:
    op.create_table(
        "correction_claim",
        sa.Column("id", BIG, nullable=False),
        sa.Column("correction", BIG, nullable=False),
        _text("dataset", 128),
        _text("column", 128),
        _text("organisation", 18),
        _text("system", 64),
        _text("person", 64),
        _text("citizen", 32),
        _moment("at"),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["correction"], ["correction.id"], name=op.f("fk_correction_claim_correction")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_claim")),
    )
    for column in ("correction", "dataset", "organisation", "citizen"):
        op.create_index(op.f(f"ix_correction_claim_{column}"), "correction_claim", [column])


def _told() -> None:
    key = ("correction", "organisation", "grant", "dataset")
    op.create_table(
        "correction_told",
        sa.Column("correction", BIG, autoincrement=False, nullable=False),
        _text("organisation", 18),
        _text("grant", 32),
        _text("dataset", 128),
        _moment("at"),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        _text("by", 160),
        sa.ForeignKeyConstraint(["correction"], ["correction.id"], name=op.f("fk_correction_told_correction")),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_correction_told")),
    )
    op.create_index("ix_correction_told_organisation", "correction_told", ["organisation"])


def _steps() -> None:
    op.create_table(
        "correction_step",
        sa.Column("id", BIG, nullable=False),
        sa.Column("correction", BIG, nullable=False),
        _moment("at"),
        _text("action", 16),
        _text("state", 16),
        _text("organisation", 18),
        _text("system", 64),
        _text("person", 64),
        _text("receipt", 64),
        sa.ForeignKeyConstraint(["correction"], ["correction.id"], name=op.f("fk_correction_step_correction")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_step")),
    )
    op.create_index(op.f("ix_correction_step_correction"), "correction_step", ["correction"])


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
