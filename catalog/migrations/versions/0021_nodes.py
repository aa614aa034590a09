"""Other nodes, the organisations that they speak for, messages to and from them, their catalogues, relayed requests.

Revision 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "node",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("division", sa.String(15), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ledger_key", sa.Text(), nullable=False),
        sa.Column("relation", sa.String(16), nullable=False),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("reported", sa.String(64), nullable=False),
        sa.CheckConstraint("relation IN ('superior', 'subordinate')", name=op.f("ck_node_relation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
    )
    op.create_table(
        "node_organisation",
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("admitted_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["node"], ["node.id"], name=op.f("fk_node_organisation_node")),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.credit_code"], name=op.f("fk_node_organisation_organisation")
        ),
        sa.PrimaryKeyConstraint("node", "organisation", name=op.f("pk_node_organisation")),
    )
    _messages()
    op.create_table(
        "node_entry",
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("report", sa.String(64), nullable=False),
        sa.Column("sharing", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["node"], ["node.id"], name=op.f("fk_node_entry_node")),
        sa.PrimaryKeyConstraint("node", "key", name=op.f("pk_node_entry")),
    )
    _requests()


def _messages() -> None:
    op.create_table(
        "node_received",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["node"], ["node.id"], name=op.f("fk_node_received_node")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_received")),
    )
    op.create_table(
        "node_outgoing",
        sa.Column("number", BIG, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name=op.f("ck_node_outgoing_state")),
        sa.ForeignKeyConstraint(["node"], ["node.id"], name=op.f("fk_node_outgoing_node")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_node_outgoing")),
        sa.UniqueConstraint("id", name=op.f("uq_node_outgoing_id")),
    )
    op.create_index("ix_node_outgoing_state_next_at", "node_outgoing", ["state", "next_at"])


def _requests() -> None:
    op.create_table(
        "node_request",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("want", sa.Text(), nullable=False),
        sa.Column("state", sa.String(500), nullable=False),
        sa.Column("number", sa.String(500), nullable=False),
        sa.Column("grant", sa.String(500), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["node"], ["node.id"], name=op.f("fk_node_request_node")),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.credit_code"], name=op.f("fk_node_request_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_request")),
    )
    op.create_index(op.f("ix_node_request_organisation"), "node_request", ["organisation"])
    op.create_table(
        "node_relayed",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["node"], ["node.id"], name=op.f("fk_node_relayed_node")),
        sa.ForeignKeyConstraint(["number"], ["request.number"], name=op.f("fk_node_relayed_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_relayed")),
    )
    op.create_index(op.f("ix_node_relayed_node"), "node_relayed", ["node"])


def downgrade() -> None:
    """Back to the revision before."""
    for name in ("node_relayed", "node_request", "node_entry", "node_outgoing", "node_received", "node_organisation"):
        op.drop_table(name)
    op.drop_table("node")
