"""What officials say of a dataset: whether it may be opened to the public, and how well it serves who receives it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select

from catalog import duties
from catalog.access import owns
from catalog.database import writing
from catalog.lists import tables
from catalog.put import put
from catalog.shelf import Shelf
from schemas.access import GrantState, Role, Subject
from schemas.dataset import Dataset, Grade
from schemas.errors import BadInput, Refused
from schemas.journey import SHANGHAI

OUTCOMES = ("open", "conditional", "closed")
LONGEST = 2000
"""Characters of a basis or of what is said."""
EVERY = 366
"""Days after which it must be assessed again, at most."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """One look at whether a dataset may be opened: open by default, closed only on a basis, and not for ever."""

    outcome: str
    basis: str
    """The law or the reason; needed unless it is opened without a condition."""
    next: date
    """The day by which it is looked at again."""


@dataclass(frozen=True, slots=True)
class Rating:
    """How well a dataset serves an organisation that receives it: 1 not at all … 5 very well."""

    score: int
    said: str = ""


def assess(shelf: Shelf, subject: Subject, dataset: Dataset, told: Assessment, now: datetime) -> str:
    """The provider's catalogue keeper puts its assessment on record; the number of the receipt."""
    duties.require(subject, Role.CATALOGUE_KEEPER)
    if not owns(subject, dataset):
        raise Refused(
            "only its provider assesses a dataset", code="NOT_THE_OWNER", gate="", following="请由数源单位评估"
        )
    checked = _checked(dataset, told, now)
    facts = {"outcome": checked.outcome, "basis": checked.basis, "next": checked.next.isoformat()}
    receipt = _recorded(shelf, subject, dataset, {"event": "assessed"} | facts, now)
    values = {"dataset": dataset.key, "at": now, "organisation": subject.organisation, "person": subject.person}
    with writing(shelf.engine) as connection:
        row = values | facts | {"next": checked.next, "receipt": receipt}
        connection.execute(insert(tables.assessment).values(row))
    return receipt


def _checked(dataset: Dataset, told: Assessment, now: datetime) -> Assessment:
    basis, today = told.basis.strip(), now.astimezone(SHANGHAI).date()
    if told.outcome not in OUTCOMES:
        raise BadInput(f"outcome: found {told.outcome[:40]!r}, expected one of {', '.join(OUTCOMES)}")
    if told.outcome != "open" and not basis:
        raise BadInput("basis: found nothing, expected the law or reason by which it is not simply open")
    if len(basis) > LONGEST:
        raise BadInput(f"basis: found {len(basis)} characters, expected at most {LONGEST}")
    if not 0 < (told.next - today).days <= EVERY:
        raise BadInput(f"next: found {told.next}, expected a day after {today} and within {EVERY} days of it")
    if told.outcome != "closed" and all(field.grade > Grade.GENERAL_1 for field in dataset.fields):
        raise BadInput("outcome: no item of it is graded general-1, and only such items can be open data")
    return Assessment(told.outcome, basis, told.next)


def rate(shelf: Shelf, subject: Subject, dataset: Dataset, told: Rating, now: datetime) -> str:
    """A recipient says how well a dataset serves it; said again, the new word stands. The number of the receipt."""
    duties.require(subject, Role.REQUESTER, Role.CATALOGUE_KEEPER)
    if not 1 <= told.score <= 5:
        raise BadInput(f"score: found {told.score}, expected 1 to 5")
    if len(told.said) > LONGEST:
        raise BadInput(f"said: found {len(told.said)} characters, expected at most {LONGEST}")
    held = shelf.grants_for(dataset.key, subject.organisation)
    if owns(subject, dataset) or not any(one.state is not GrantState.REVOKED and one.start <= now for one in held):
        raise Refused(
            "only who receives a dataset under a grant rates it",
            code="NOT_A_RECIPIENT",
            gate="",
            following="取得授权并使用后方可评价",
        )
    receipt = _recorded(shelf, subject, dataset, {"event": "rated", "score": told.score}, now)
    row = {"dataset": dataset.key, "organisation": subject.organisation, "score": told.score, "said": told.said.strip()}
    with writing(shelf.engine) as connection:
        put(connection, tables.rating, row | {"at": now, "receipt": receipt})
    return receipt


def ratings(shelf: Shelf, dataset: str) -> tuple[Rating, ...]:
    """What its recipients said, without who: for its provider."""
    table = tables.rating
    wanted = select(table.c.score, table.c.said).where(table.c.dataset == dataset).order_by(table.c.at.desc())
    with shelf.engine.connect() as connection:
        return tuple(Rating(row.score, row.said) for row in connection.execute(wanted))


def _recorded(shelf: Shelf, subject: Subject, dataset: Dataset, told: Mapping[str, object], now: datetime) -> str:
    who = {"organisation": subject.organisation, "system": subject.system, "person": subject.person}
    body = dict(told) | who | {"dataset": dataset.key, "moment": now.astimezone(SHANGHAI).isoformat()}
    return shelf.ledger.record(body, now, shelf.randomness(16)).number
