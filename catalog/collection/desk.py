"""Collection forms at the counter: designed, checked item by item, and what is chosen for what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from catalog import datasets, duties
from catalog.collection import forms
from catalog.collection.check import Asked, Question, check
from catalog.collection.registry import government
from catalog.database import writing
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.collection import Form, FormItem, FormState, Hit, open_hits
from schemas.collection_rules import checked_choice, sound
from schemas.divisions import DivisionTree
from schemas.errors import BadInput, Unknown
from schemas.journey import SHANGHAI


@dataclass(frozen=True, slots=True)
class Looked:
    """A form with what the check finds of each item today."""

    form: Form
    hits: tuple[tuple[Hit, ...], ...]
    open: tuple[tuple[Hit, ...], ...]
    """Those that still block their item after what was chosen."""
    mine: bool
    """Whether the asker's organisation designs it."""
    decides: bool
    """Whether the asker may decide on it."""

    @property
    def blocked(self) -> tuple[str, ...]:
        """Names of the items that are blocked."""
        return tuple(one.item.name for one, some in zip(self.form.items, self.open, strict=True) if some)


def look(shelf: Shelf, subject: Subject, asked: Asked, now: datetime) -> tuple[tuple[Hit, ...], ...]:
    """The duplicate check for a government organisation; nothing is kept."""
    government(subject)
    with shelf.engine.connect() as connection:
        mine = _of_its_own(connection, asked, subject.organisation)
        return check(connection, Question(subject, mine, day_of(now), shelf.tree(), shelf.lake))


def design(shelf: Shelf, subject: Subject, form: Form, now: datetime) -> Form:
    """Put a draft on record."""
    government(subject)
    drafted = replace(sound(form), organisation=subject.organisation, state=FormState.DRAFT)
    _known(drafted, shelf.tree())
    with writing(shelf.engine) as connection:
        return forms.make(connection, replace(drafted, items=_bare(drafted.items)), now)


def change(shelf: Shelf, subject: Subject, number: str, form: Form, now: datetime) -> Form:
    """Another title, basis or other items of a draft; what was chosen stays with the items that stay."""
    drafted = sound(form)
    _known(drafted, shelf.tree())
    with writing(shelf.engine) as connection:
        before = _mine(connection, subject, number)
        _still(before, FormState.DRAFT)
        chosen = {one.item: one for one in before.items} if _same_ground(before, drafted) else {}
        items = tuple(chosen.get(one.item, FormItem(one.item)) for one in drafted.items)
        kept = replace(before, items=items, title=drafted.title, basis=drafted.basis, dataset=drafted.dataset)
        moved = replace(kept, subject_kind=drafted.subject_kind, division=drafted.division)
        return forms.put(connection, moved, now)


def choose(shelf: Shelf, subject: Subject, number: str, chosen: Mapping[int, FormItem], now: datetime) -> Form:
    """What is done about items of a draft, by their place from 1; all of it or nothing."""
    seen = find(shelf, subject, number, now)
    with writing(shelf.engine) as connection:
        form = _mine(connection, subject, number)
        _still(form, FormState.DRAFT)
        if form.items != seen.form.items:
            raise BadInput("items: somebody changed this form meanwhile; look at it again")
        items = list(form.items)
        for place, one in chosen.items():
            if not 1 <= place <= len(items):
                raise BadInput(f"place: found {place}, expected 1 to {len(items)}")
            wished = replace(one, item=items[place - 1].item)
            items[place - 1] = checked_choice(wished, seen.hits[place - 1], day_of(now))
        return forms.put(connection, replace(form, items=tuple(items)), now)


def find(shelf: Shelf, subject: Subject, number: str, now: datetime) -> Looked:
    """A form and what is found of its items; Unknown for who neither designs, decides nor audits it."""
    with shelf.engine.connect() as connection:
        form = forms.get(connection, number)
        tree = shelf.tree()
        mine, decides = subject.organisation == form.organisation, _may_decide(subject, form, tree)
        if subject.public or not duties.active(subject) or not (mine or decides or duties.audits(subject)):
            raise Unknown(forms.NO_FORM)
        asked = Asked(tuple(one.item for one in form.items), form.subject_kind, form.division, form.dataset)
        asked = _of_its_own(connection, asked, form.organisation)
        hits = check(connection, Question(subject, asked, day_of(now), tree, shelf.lake))
    left = tuple(open_hits(one, some, day_of(now)) for one, some in zip(form.items, hits, strict=True))
    return Looked(form, hits, left, mine, decides)


def listed(shelf: Shelf, subject: Subject, *, before: str = "", limit: int = 50) -> tuple[Form, ...]:
    """The forms of the asker's organisation, newest first; for the public none."""
    if subject.public or not duties.active(subject):
        return ()
    with shelf.engine.connect() as connection:
        return forms.listed(connection, [subject.organisation], limit=limit, before=before)


def waiting(shelf: Shelf, subject: Subject, limit: int = 200) -> tuple[Form, ...]:
    """The forms that wait for this reviewer; none for anybody else."""
    if not duties.active(subject) or Role.AUTHORITY_REVIEWER not in subject.roles:
        return ()
    tree = shelf.tree()
    with shelf.engine.connect() as connection:
        return tuple(one for one in forms.waiting(connection, limit) if _may_decide(subject, one, tree))


def _of_its_own(connection: Connection, asked: Asked, designer: str) -> Asked:
    """The same; without its dataset where that is another organisation's.

    A form that named the very dataset which has its items would find nothing there; and by what is not found any more,
    or is held in common with its columns, one would learn of data that one may not know of.
    """
    known = datasets.each(connection, {asked.dataset}).get(asked.dataset) if asked.dataset else None
    return asked if known is None or known.owner == designer else replace(asked, dataset="")


def _may_decide(subject: Subject, form: Form, tree: DivisionTree) -> bool:
    reviews = Role.AUTHORITY_REVIEWER in subject.roles
    return reviews and duties.active(subject) and tree.within(form.division, subject.division)


def _mine(connection: Connection, subject: Subject, number: str) -> Form:
    """A form of the asker's organisation, held until the transaction ends."""
    government(subject)
    form = forms.get(connection, number, lock=True)
    if form.organisation != subject.organisation:
        raise Unknown(forms.NO_FORM)
    return form


def _still(form: Form, state: FormState) -> None:
    if form.state is not state:
        raise BadInput(
            f"{form.number} is {form.state.value}; only a {state.value} can be changed: withdraw it, or wait"
        )


def _known(form: Form, tree: DivisionTree) -> None:
    if not tree.known(form.division):
        raise BadInput(f"division: no table knows {form.division}")


def _same_ground(before: Form, after: Form) -> bool:
    """Whether items of both are checked against the same."""
    return (before.subject_kind, before.division, before.dataset) == (after.subject_kind, after.division, after.dataset)


def _bare(items: Sequence[FormItem]) -> tuple[FormItem, ...]:
    return tuple(FormItem(one.item) for one in items)


def day_of(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
