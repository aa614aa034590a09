"""What is collected, field by field, and the forms that ask for it; `yishu db upgrade` enters what is there already.

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table(
        "collected_item",
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("element", sa.String(64), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("division", sa.String(15), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"], ["dataset.key"], name=op.f("fk_collected_item_dataset_dataset"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dataset", "name", name=op.f("pk_collected_item")),
    )
    for column in ("element", "told"):
        found = [column, "subject_kind", "withheld", "division"]
        op.create_index(f"ix_collected_item_{column}", "collected_item", found)
    op.create_table(
        "item_pair",
        sa.Column("pair", sa.String(2), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pair", "told", name=op.f("pk_item_pair")),
    )
    _forms()


def _forms() -> None:
    op.create_table(
        "collection_form",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("division", sa.String(15), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(18), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'cleared', 'withdrawn')", name=op.f("ck_collection_form_state")
        ),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.credit_code"], name=op.f("fk_collection_form_organisation_organisation")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_collection_form")),
    )
    for column in ("organisation", "dataset"):
        op.create_index(op.f(f"ix_collection_form_{column}"), "collection_form", [column])
    _items_of_forms()


def _items_of_forms() -> None:
    op.create_table(
        "form_item",
        sa.Column("form", sa.String(32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("element", sa.String(64), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("column", sa.String(128), nullable=False),
        sa.Column("choice", sa.String(16), nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["form"], ["collection_form.number"], name=op.f("fk_form_item_form_collection_form")),
        sa.PrimaryKeyConstraint("form", "place", name=op.f("pk_form_item")),
    )
    op.create_index(op.f("ix_form_item_dataset"), "form_item", ["dataset"])
    op.create_table(
        "form_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("form", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("receipt", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["form"], ["collection_form.number"], name=op.f("fk_form_step_form_collection_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_step")),
    )
    op.create_index(op.f("ix_form_step_form"), "form_step", ["form"])


def downgrade() -> None:
    """Back to the revision before."""
    for table in ("form_step", "form_item", "collection_form", "item_pair", "collected_item"):
        op.drop_table(table)
