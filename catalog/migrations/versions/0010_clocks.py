"""The calendar of working days, deadline rules, and the clocks that run by them.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "work_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_work_day")),
    )
    op.create_table(
        "deadline_rule",
        sa.Column("id", BIG, nullable=False),
        sa.Column("jurisdiction", sa.String(15), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("valid_from", sa.String(10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_rule")),
        sa.UniqueConstraint(
            "jurisdiction", "event", "valid_from", name=op.f("uq_deadline_rule_jurisdiction_event_valid_from")
        ),
    )
    _clocks()


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("clock")
    op.drop_table("deadline_rule")
    op.drop_table("work_day")


def _clocks() -> None:
    words = (("kind", 32), ("thing", 64), ("event", 32), ("division", 15), ("responsible", 18))
    op.create_table(
        "clock",
        sa.Column("id", BIG, nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in words),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("title", "title_en", "path", "rules", "steps")),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in ("reminded_at", "breached_at", "escalated_at", "stopped_at")
        ),
        sa.CheckConstraint("state IN ('running', 'paused', 'stopped')", name=op.f("ck_clock_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_index("ix_clock_kind_thing", "clock", ["kind", "thing"])
    op.create_index("ix_clock_state_due", "clock", ["state", "due"])
    living = sa.text("state != 'stopped'")
    op.create_index(
        "uq_clock_living",
        "clock",
        ["kind", "thing", "event"],
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )
