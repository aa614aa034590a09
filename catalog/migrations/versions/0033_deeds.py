"""Deeds: the words of every reason in one place.

Revision 0033, after 0032.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None
MOMENT = sa.DateTime(timezone=True)

MOVED = """
INSERT INTO deed (receipt, act, dataset, organisation, person, system, credential, account, basis, said, facts, at)
SELECT c.receipt, 'deletes_confirmed', c.dataset, d.owner, c.person, '', '', '', 'owner', c.reason, {facts}, c.at
FROM confirmed_deletes AS c JOIN dataset AS d ON d.key = c.dataset
"""
FACTS = {
    "postgresql": "json_build_object('window', c.\"window\", 'version', c.version, 'removed', c.removed)",
    "sqlite": "json_object('window', c.\"window\", 'version', c.version, 'removed', c.removed)",
}
BACK = """
UPDATE confirmed_deletes SET (person, reason, at) =
(SELECT deed.person, deed.said, deed.at FROM deed WHERE deed.receipt = confirmed_deletes.receipt)
WHERE receipt IN (SELECT receipt FROM deed)
"""


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "deed",
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("organisation", sa.String(length=18), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("credential", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("receipt", name=op.f("pk_deed")),
    )
    op.create_index("ix_deed_dataset", "deed", ["dataset", "at"])
    op.execute(MOVED.format(facts=FACTS[op.get_bind().dialect.name]))
    for name in ("person", "reason", "at"):
        op.drop_column("confirmed_deletes", name)


def downgrade() -> None:
    """Back to the revision before; deeds of other kinds are lost."""
    op.add_column("confirmed_deletes", sa.Column("person", sa.String(64), nullable=False, server_default=""))
    op.add_column("confirmed_deletes", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "confirmed_deletes", sa.Column("at", MOMENT, nullable=False, server_default="1970-01-01 00:00:00.000000")
    )
    op.execute(BACK)
    op.drop_index("ix_deed_dataset", "deed")
    op.drop_table("deed")
