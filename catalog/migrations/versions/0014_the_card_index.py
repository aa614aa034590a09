"""The card index that datasets and fields are found by, with a card for every dataset that is there.

Revision 0014, after 0013.
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from catalog.cards.entering import vector
from catalog.cards.tokens import all_tokens, marked, plain

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
FIELD = ("title", "title_en", "name", "source_name")


def upgrade() -> None:
    """From the revision before to this one."""
    _cards()
    _fields()
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE card_words USING fts5(words, items, tokenize='ascii', columnsize=0)")
        op.execute("CREATE VIRTUAL TABLE field_words USING fts5(words, tokenize='ascii', columnsize=0)")
    else:
        _vectors("card_words", "words", "items")
        _vectors("field_words", "words")
    _enter_everything()


def downgrade() -> None:
    """Back to the revision before."""
    for table in ("field_words", "card_words", "card_field", "card"):
        op.drop_table(table)


def _cards() -> None:
    op.create_table(
        "card",
        sa.Column("id", BIG, nullable=False),
        sa.Column("dataset", sa.String(128), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("titles", sa.Text(), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("sharing", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(18), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("division", sa.String(15), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("cycle", sa.String(32), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.key"], name=op.f("fk_card_dataset"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("dataset", name=op.f("uq_card_dataset")),
    )
    op.create_index(op.f("ix_card_changed"), "card", ["changed"])


def _fields() -> None:
    op.create_table(
        "card_field",
        sa.Column("id", BIG, nullable=False),
        sa.Column("card", BIG, nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("called", sa.Text(), nullable=False),
        sa.Column("element", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["card"], ["card.id"], name=op.f("fk_card_field_card"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_field")),
    )
    op.create_index(op.f("ix_card_field_card"), "card_field", ["card"])
    for column in ("name", "called", "element"):
        op.create_index(f"ix_card_field_{column}_card", "card_field", [column, "card"])


def _vectors(table: str, *columns: str) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(column, TSVECTOR(), nullable=False) for column in columns),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_using="gin")


def _enter_everything() -> None:
    """From the contracts as they are stored, read as plain JSON: the words of this release may change, these not."""
    bind = op.get_bind()
    keys = bind.execute(sa.text("SELECT key FROM dataset ORDER BY key")).scalars().all()
    number = 0
    for place, key in enumerate(keys, 1):
        one = sa.text("SELECT contract, state FROM dataset WHERE key = :key")
        row = bind.execute(one, {"key": key}).one()
        contract = json.loads(row.contract)
        _insert("card", _card(place, contract, _score(key)) | {"listed": row.state == "active"})
        _insert("card_words", {"id": place} | _words(contract))
        for field in contract["fields"]:
            number += 1
            _insert("card_field", {"id": number, "card": place} | _field(field))
            _insert("field_words", {"id": number, "words": _joined(_field_tokens(field))})
    if bind.dialect.name == "postgresql":
        for table in ("card", "card_field"):
            most = (
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 0) + 1, false) FROM {table}"
            )
            bind.execute(sa.text(most))


def _insert(table: str, values: dict[str, Any]) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    names = ", ".join("rowid" if sqlite and name == "id" and table.endswith("words") else name for name in values)
    vectors = () if sqlite or not table.endswith("words") else ("words", "items")
    told = ", ".join(f"CAST(:{name} AS tsvector)" if name in vectors else f":{name}" for name in values)
    op.get_bind().execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({told})"), values)


def _score(key: str) -> float | None:
    found = sa.text(
        "SELECT scores FROM version WHERE dataset = :key AND state = 'published' ORDER BY number DESC LIMIT 1"
    ).columns(scores=sa.JSON())
    scores = op.get_bind().execute(found, {"key": key}).scalar()
    return sum(scores.values()) / len(scores) if scores else None


def _card(place: int, contract: dict[str, Any], score: float | None) -> dict[str, Any]:
    tags = dict.fromkeys(tag.strip() for tag in contract.get("tags", ()) if tag.strip())
    return {
        "id": place,
        "dataset": contract["key"],
        "changed": place,
        "titles": "\n".join((plain(contract["title"]), plain(contract["title_en"]), contract["key"])),
        "department": contract["key"].split(".", 1)[0],
        "sharing": contract["sharing"],
        "owner": contract["owner"],
        "owner_name": contract["owner_name"],
        "division": contract["division"],
        "subject_kind": contract["subject_kind"],
        "topics": "\n".join(tags),
        "cycle": contract["update_cycle"],
        "score": score,
    }


def _words(contract: dict[str, Any]) -> dict[str, str]:
    names = ("key", "title", "title_en", "owner_name")
    described = (contract["description"], contract["description_en"])
    said = all_tokens((*(contract[name] for name in names), *contract.get("tags", ()), *described))
    fields = contract["fields"]
    items = all_tokens(field[name] for field in fields for name in FIELD)
    items += dict.fromkeys(marked(field["element"]) for field in fields if field["element"])
    said += all_tokens(field["description"] for field in fields)
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    return {"words": _joined(said if on_sqlite else [*said, *items]), "items": _joined(items)}


def _field(field: dict[str, Any]) -> dict[str, Any]:
    return {"name": field["name"], "called": plain(field["title"]), "element": field["element"]}


def _field_tokens(field: dict[str, Any]) -> Iterator[str]:
    yield from all_tokens(field[name] for name in FIELD)
    if field["element"]:
        yield marked(field["element"])


def _joined(found: Any) -> str:
    some = list(found)
    return " ".join(some) if op.get_bind().dialect.name == "sqlite" else vector(some)
