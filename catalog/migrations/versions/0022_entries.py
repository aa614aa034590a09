"""Entries of the catalogue, their versions and their histories.

Revision 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WAY = "state IN ('draft', 'checked', 'dept_review', 'authority_review')"
FORCE = "state IN ('published', 'changing', 'retiring')"


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "entry",
        sa.Column("id", BIG, nullable=False),
        sa.Column("dataset", sa.String(128), nullable=True),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("dataset", name=op.f("uq_entry_dataset")),
    )
    _versions()
    _steps()


def _versions() -> None:
    op.create_table(
        "entry_version",
        sa.Column("entry", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("plain", sa.String(200), nullable=False),
        sa.Column("provider", sa.String(18), nullable=False),
        sa.Column("division", sa.String(15), nullable=False),
        sa.Column("sharing", sa.String(16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.String(64), nullable=False),
        sa.Column("approved_by", sa.String(64), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.id"], name=op.f("fk_entry_version_entry")),
        sa.PrimaryKeyConstraint("entry", "number", name=op.f("pk_entry_version")),
    )
    for name in ("state", "plain", "provider"):
        op.create_index(op.f(f"ix_entry_version_{name}"), "entry_version", [name])
    only = {"uq_entry_version_way": WAY, "uq_entry_version_force": FORCE}
    for name, where in only.items():
        told = sa.text(where)
        op.create_index(name, "entry_version", ["entry"], unique=True, sqlite_where=told, postgresql_where=told)
    coded = sa.text(f"{FORCE} AND code != ''")
    op.create_index(
        "uq_entry_version_code", "entry_version", ["code"], unique=True, sqlite_where=coded, postgresql_where=coded
    )


def _steps() -> None:
    op.create_table(
        "entry_step",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entry", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("system", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entry.id"], name=op.f("fk_entry_step_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_step")),
    )
    op.create_index(op.f("ix_entry_step_entry"), "entry_step", ["entry"])


def downgrade() -> None:
    """Back to the revision before."""
    for table in ("entry_step", "entry_version", "entry"):
        op.drop_table(table)
