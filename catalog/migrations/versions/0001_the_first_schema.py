"""The first schema: who exists, what is shared, what was published, who looked.

Revision 0001, after None.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DOWN = (
    "credential",
    "watermark",
    "version",
    "system",
    "run",
    "grant",
    "dataset_field",
    "receipt",
    "organisation",
    "lineage",
    "ledger_head",
    "finding",
    "division_lineage",
    "division",
    "dataset",
    "counter",
)
"""The tables, those that refer to others first; their indexes go with them."""


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.create_table(
        "dataset",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("contract_version", sa.String(length=64), nullable=False),
        sa.Column("contract_hash", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("sharing", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=18), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("division", sa.String(length=15), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_dataset"),
    )
    op.create_index("ix_dataset_department", "dataset", ["department"])

    op.create_table(
        "division",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_division"),
    )
    op.create_index("ix_division_code", "division", ["code"])

    op.create_table(
        "division_lineage",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.Column("successor", sa.String(length=15), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_division_lineage"),
    )
    op.create_index("ix_division_lineage_code", "division_lineage", ["code"])

    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=256), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.UniqueConstraint("dataset", "version", "rule", name="uq_finding_dataset_version_rule"),
    )
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_head_one")),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_head"),
    )
    op.create_table(
        "lineage",
        sa.Column("from_kind", sa.String(length=16), nullable=False),
        sa.Column("from_name", sa.String(length=250), nullable=False),
        sa.Column("to_kind", sa.String(length=16), nullable=False),
        sa.Column("to_name", sa.String(length=250), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("from_kind", "from_name", "to_kind", "to_name", name="pk_lineage"),
    )
    op.create_index("ix_lineage_to", "lineage", ["to_kind", "to_name"])

    op.create_table(
        "organisation",
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("division", sa.String(length=15), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("government", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("credit_code", name="pk_organisation"),
    )
    op.create_table(
        "receipt",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("idx", name="pk_receipt"),
        sa.UniqueConstraint("number", name="uq_receipt_number"),
    )
    op.create_table(
        "dataset_field",
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("element", sa.String(length=64), nullable=True),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("identifying", sa.String(length=16), nullable=False),
        sa.Column("transform", sa.Integer(), nullable=False),
        sa.Column("shareable", sa.Boolean(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name="fk_dataset_field_dataset", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("dataset", "name", name="pk_dataset_field"),
    )
    op.create_index("ix_dataset_field_element", "dataset_field", ["element"])

    op.create_table(
        "grant",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("organisation", sa.String(length=18), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("begins", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name="fk_grant_dataset"),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.credit_code"], name="fk_grant_organisation"),
        sa.PrimaryKeyConstraint("number", name="pk_grant"),
    )
    op.create_index("ix_grant_dataset_organisation", "grant", ["dataset", "organisation"])

    op.create_table(
        "run",
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("id", sa.String(length=250), nullable=False),
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("held_back", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.JSON(), nullable=False),
        sa.Column("airflow_run", sa.String(length=250), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('published', 'held_back', 'failed')", name=op.f("ck_run_state")),
        sa.CheckConstraint("read = published + held_back + quarantined + duplicates", name=op.f("ck_run_balance")),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name="fk_run_dataset"),
        sa.PrimaryKeyConstraint("dataset", "id", name="pk_run"),
    )
    op.create_table(
        "system",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.credit_code"], name="fk_system_organisation"),
        sa.PrimaryKeyConstraint("id", name="pk_system"),
    )
    op.create_index("ix_system_organisation", "system", ["organisation"])

    op.create_table(
        "version",
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("window_low", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_high", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contract_hash", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("schema_hash", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("blocked", sa.JSON(), nullable=False),
        sa.Column("smallest_group", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("state IN ('published', 'held_back', 'withdrawn')", name=op.f("ck_version_state")),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name="fk_version_dataset"),
        sa.PrimaryKeyConstraint("dataset", "number", name="pk_version"),
    )
    op.create_index("ix_version_window", "version", ["dataset", "window"])

    op.create_table(
        "watermark",
        sa.Column("dataset", sa.String(length=128), nullable=False),
        sa.Column("high", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name="fk_watermark_dataset"),
        sa.PrimaryKeyConstraint("dataset", name="pk_watermark"),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["system"], ["system.id"], name="fk_credential_system"),
        sa.PrimaryKeyConstraint("id", name="pk_credential"),
    )
    op.create_index("ix_credential_system", "credential", ["system"])
    op.execute("INSERT INTO ledger_head (id, size, hash) VALUES (1, 0, '" + "0" * 64 + "')")


def downgrade() -> None:
    """Back to nothing."""
    for table in DOWN:
        op.drop_table(table)
