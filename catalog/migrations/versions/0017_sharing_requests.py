"""Sharing requests: what is asked for, who stands on which side, and every move.

Revision 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
STATES = (
    "'draft', 'submitted', 'formal_check', 'returned', 'accepted', 'demand', 'duty', 'provider_review', "
    "'provisioning', 'testing', 'active', 'expiring', 'suspended', 'refused', 'negotiation', 'mediation', "
    "'escalated', 'decided', 'expired', 'revoked', 'withdrawn', 'closed'"
)


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "request",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("requester", sa.String(18), nullable=False),
        sa.Column("responsible", sa.String(18), nullable=False),
        sa.Column("grant", sa.String(32), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_request_state")),
        sa.ForeignKeyConstraint(["requester"], ["organisation.credit_code"], name=op.f("fk_request_requester")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_request")),
    )
    op.create_index(op.f("ix_request_grant"), "request", ["grant"])
    op.create_index("ix_request_state", "request", ["state"])
    op.create_index("ix_request_responsible_state", "request", ["responsible", "state"])
    _parties()
    _steps()


def downgrade() -> None:
    """Back to the revision before."""
    for table in ("request_once", "request_step", "request_party", "request"):
        op.drop_table(table)


def _parties() -> None:
    op.create_table(
        "request_party",
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("request", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["request.number"], name=op.f("fk_request_party_request")),
        sa.PrimaryKeyConstraint("organisation", "request", name=op.f("pk_request_party")),
    )
    op.create_table(
        "request_once",
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("request", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["request.number"], name=op.f("fk_request_once_request")),
        sa.PrimaryKeyConstraint("organisation", "key", name=op.f("pk_request_once")),
    )


def _steps() -> None:
    op.create_table(
        "request_step",
        sa.Column("id", BIG, nullable=False),
        sa.Column("request", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["request.number"], name=op.f("fk_request_step_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_step")),
    )
    op.create_index(op.f("ix_request_step_request"), "request_step", ["request"])
