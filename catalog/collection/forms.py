"""Collection forms as they are kept: the form, its items with what was chosen for them, and every step."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from catalog.collection.tables import collection_form, form_item, form_step
from catalog.database import serialise
from schemas.collection import Choice, Form, FormItem, FormState, Item
from schemas.errors import Unknown
from schemas.journey import SHANGHAI

NO_FORM = "no collection form of this number that you may know of"


def make(connection: Connection, form: Form, now: datetime) -> Form:
    """Put a draft on record; it comes back with its number `YS-F-<year>-<6 digits>`. Call it inside `writing`."""
    serialise(connection, collection_form.name)
    numbered = replace(form, number=_next_number(connection, now), made_at=now, moved_at=now)
    connection.execute(insert(collection_form).values(_row(numbered)))
    _put_items(connection, numbered)
    return numbered


def put(connection: Connection, form: Form, now: datetime) -> Form:
    """Keep what became of a form. Call it inside `writing`, under the lock of `get`."""
    moved = replace(form, moved_at=now)
    table = collection_form
    connection.execute(update(table).where(table.c.number == form.number).values(_row(moved)))
    connection.execute(delete(form_item).where(form_item.c.form == form.number))
    _put_items(connection, moved)
    return moved


def step(connection: Connection, form: Form, **told: Any) -> None:
    """Put a step of its history on record."""
    connection.execute(insert(form_step).values(form=form.number, state=form.state.value, **told))


def get(connection: Connection, number: str, *, lock: bool = False) -> Form:
    """The form of that number, or Unknown; with `lock` until the transaction ends nobody else moves it."""
    if lock:
        serialise(connection, f"form {number}")
    found = _read(connection, collection_form.c.number == number)
    if not found:
        raise Unknown(NO_FORM)
    return found[0]


def listed(connection: Connection, organisations: Sequence[str], *, limit: int, before: str = "") -> tuple[Form, ...]:
    """The newest forms of some organisations, or the newest before a number."""
    wanted = collection_form.c.organisation.in_(sorted(organisations))
    return _read(connection, wanted & (collection_form.c.number < before) if before else wanted, limit)


def waiting(connection: Connection, limit: int) -> tuple[Form, ...]:
    """The forms that wait for a decision, newest first."""
    return _read(connection, collection_form.c.state == FormState.WAITING.value, limit)


def of_dataset(connection: Connection, organisation: str, dataset: str) -> tuple[Form, ...]:
    """The cleared forms that stand for the contract of a dataset, newest first."""
    table = collection_form.c
    mine = (table.organisation == organisation) & (table.dataset == dataset)
    return _read(connection, mine & (table.state == FormState.CLEARED.value))


def history(connection: Connection, number: str) -> Sequence[Row[Any]]:
    """Its steps, the first one first."""
    return connection.execute(select(form_step).where(form_step.c.form == number).order_by(form_step.c.id)).all()


def _read(connection: Connection, where: ColumnElement[bool], limit: int = 1000) -> tuple[Form, ...]:
    """Forms with their items, newest first, in two statements."""
    table = collection_form
    rows = connection.execute(select(table).where(where).order_by(table.c.number.desc()).limit(limit)).all()
    items: dict[str, list[FormItem]] = {row.number: [] for row in rows}
    if rows:
        wanted = select(form_item).where(form_item.c.form.in_(sorted(items)))
        for one in connection.execute(wanted.order_by(form_item.c.form, form_item.c.place)):
            items[one.form].append(_item(one))
    return tuple(
        Form(**{**row._mapping, "state": FormState(row.state), "items": tuple(items[row.number])}) for row in rows
    )


def _item(row: Row[Any]) -> FormItem:
    return FormItem(
        item=Item(row.name, row.element, row.type, row.column),
        choice=Choice(row.choice),
        dataset=row.dataset,
        reason=row.reason,
        said=row.said,
        until=row.until,
        approved=row.approved,
        hits=row.hits,
    )


def _row(form: Form) -> dict[str, Any]:
    names = [column.name for column in collection_form.columns if column.name != "state"]
    return {name: getattr(form, name) for name in names} | {"state": form.state.value}


def _put_items(connection: Connection, form: Form) -> None:
    rows = [
        {
            "form": form.number,
            "place": place,
            "name": one.item.name,
            "element": one.item.element,
            "type": one.item.type,
            "column": one.item.column,
            "choice": one.choice.value,
            "dataset": one.dataset,
            "reason": one.reason,
            "said": one.said,
            "until": one.until,
            "approved": one.approved,
            "hits": one.hits,
        }
        for place, one in enumerate(form.items, 1)
    ]
    if rows:
        connection.execute(insert(form_item), rows)


def _next_number(connection: Connection, now: datetime) -> str:
    start = f"YS-F-{now.astimezone(SHANGHAI).year}-"
    table = collection_form.c
    last = connection.scalar(select(func.max(table.number)).where(table.number.startswith(start)))
    return f"{start}{int(last[len(start) :]) + 1 if last else 1:06d}"
