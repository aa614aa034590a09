"""A reviewer's word on deletions is for the keys that were shown, and is used up by the version published with it.

Revision 0038, after 0037.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None
CHECK = "ck_matter_state"
STATES = "state IN ('waiting', 'confirmed', 'refused', 'settled')"
MORE = "state IN ('waiting', 'confirmed', 'refused', 'done', 'settled')"
MATTER = sa.table(
    "matter", *(sa.column(name) for name in ("id", "dataset", "window", "state", "mark", "moved_at", "body", "receipt"))
)
VERSION = sa.table("version", *(sa.column(name) for name in ("dataset", "number", "window", "state", "published_at")))
DEED = sa.table("deed", sa.column("receipt"), sa.column("act"))
FINDING = sa.table("finding", *(sa.column(name) for name in ("dataset", "version", "rule", "checked")))


def upgrade() -> None:
    """From the revision before to this one. Words that name no keys cover none: they are over, or are asked again."""
    _allow(MORE)
    connection = op.get_bind()
    wanted = sa.select(MATTER).where(MATTER.c.state == "confirmed", MATTER.c.window != "")
    for row in connection.execute(wanted).all():
        body = json.loads(row.body)
        if body["keys"] is None:
            told = {"state": _over(connection, row), "body": json.dumps(body | {"of": _of(connection, row, body)})}
            connection.execute(MATTER.update().where(MATTER.c.id == row.id).values(told))


def downgrade() -> None:
    """Back to the revision before, which counts rows and knows versions alone."""
    connection = op.get_bind()
    said = sa.select(DEED.c.receipt).where(DEED.c.act == "deletes_confirmed")
    connection.execute(MATTER.update().where(MATTER.c.receipt.in_(said)).values(state="confirmed"))
    for row in connection.execute(sa.select(MATTER).where(MATTER.c.window != "")).all():
        mark = " ".join(row.mark.split()[:2])
        connection.execute(MATTER.update().where(MATTER.c.id == row.id).values(mark=mark))
    _allow(STATES)


def _allow(states: str) -> None:
    with op.batch_alter_table("matter") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), states)


def _over(connection: sa.Connection, row: sa.Row[Any]) -> str:
    """Whether a version was published with it."""
    made = sa.select(VERSION.c.number).where(VERSION.c.dataset == row.dataset, VERSION.c.window == row.window)
    after = made.where(VERSION.c.state != "held_back", VERSION.c.published_at >= row.moved_at)
    return "settled" if connection.execute(after).first() is None else "done"


def _of(connection: sa.Connection, row: sa.Row[Any], body: dict[str, Any]) -> int:
    """Of how many rows, as was found then; earlier releases did not keep it with the word."""
    wanted = sa.select(FINDING.c.checked).where(FINDING.c.dataset == row.dataset, FINDING.c.rule == "deletes.share")
    return int(connection.scalar(wanted.where(FINDING.c.version == body["version"])) or body["of"])
