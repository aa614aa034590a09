"""Where an officer confirms that rows are rightly gone at the source: in the ledger first, then for the next run."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from catalog import receipts, tables, versions
from catalog.database import writing
from catalog.merging import confirmed
from catalog.merging.confirmed import Confirmed
from catalog.shelf import Shelf
from schemas.access import Role
from schemas.dataset import Dataset
from schemas.errors import BadInput, Refused
from schemas.journey import SHANGHAI, Finding
from schemas.merging import SHARE_RULE

LEAST = 4
"""Characters of a reason that says something."""


@dataclass(frozen=True, slots=True)
class Word:
    """What an officer says."""

    dataset: str
    window: str
    """Key of the window that was held back."""
    person: str
    """Id of a person of the dataset's owner."""
    reason: str


def confirm(shelf: Shelf, word: Word, now: datetime) -> Confirmed:
    """Put it on record, receipt first; the window passes when it is run again, if no more is gone by then.

    BadInput where nothing waits for it, or no reason is given; Refused where it is not this person's to say.
    """
    dataset = shelf.dataset(word.dataset)
    if len(word.reason.strip()) < LEAST:
        raise BadInput(f"reason: found {word.reason!r}, expected why the rows are gone")
    _officer(shelf, dataset, word.person)
    with shelf.engine.connect() as connection:
        version, finding = _waiting(connection, word)
    receipt = shelf.ledger.record(_body(shelf, dataset, word, finding, now), now, shelf.randomness(16))
    told = Confirmed(
        word.dataset, word.window, version, finding.failed, word.person, word.reason.strip(), now, receipt.number
    )
    with writing(shelf.engine) as connection:
        if _waiting(connection, word) != (version, finding):
            raise BadInput(f"{word.dataset} {word.window}: another version was held back meanwhile; look at it first")
        confirmed.enter(connection, told)
    return told


def listed(shelf: Shelf, key: str) -> tuple[Confirmed, ...]:
    """What was confirmed of a dataset, the newest first; for its operator."""
    shelf.dataset(key)
    with shelf.engine.connect() as connection:
        return confirmed.listed(connection, key)


def _officer(shelf: Shelf, dataset: Dataset, identifier: str) -> None:
    """Only a reviewer of the source may say what is gone at the owner's own system."""
    found = next((one for one in shelf.parties.persons(dataset.owner) if one.id == identifier), None)
    if found is None or not found.active or Role.SOURCE_REVIEWER not in found.roles:
        raise Refused(
            f"{dataset.key}: {identifier} is no {Role.SOURCE_REVIEWER} of {dataset.owner_name}, whose data these are",
            code="NOT_THE_OWNER",
            gate="G3",
            following="let one of the owner confirm it; `yishu person list` names them",
        )


def _waiting(connection: Connection, word: Word) -> tuple[int, Finding]:
    """The version that was held back last for that window, and how many rows were seen gone."""
    table = tables.version
    wanted = select(table.c.number, table.c.state).where(table.c.dataset == word.dataset, table.c.window == word.window)
    last = connection.execute(wanted.order_by(table.c.number.desc()).limit(1)).one_or_none()
    if last is not None and last.state == "held_back":
        for finding in versions.findings(connection, word.dataset, last.number):
            if finding.rule == SHARE_RULE and not finding.success:
                return last.number, finding
    raise BadInput(
        f"{word.dataset} {word.window}: found no version that is held back for this window because too many rows are "
        f"gone; `yishu run {word.dataset} --window {word.window}` says how it stands"
    )


def _body(shelf: Shelf, dataset: Dataset, word: Word, finding: Finding, now: datetime) -> dict[str, object]:
    """Of the receipt. The reason may name a person, so the ledger keeps a digest of it."""
    return {
        "event": "deletes_confirmed",
        "person": word.person,
        "organisation": dataset.owner,
        "dataset": dataset.key,
        "window": word.window,
        "moment": now.astimezone(SHANGHAI).isoformat(),
        "removed": finding.failed,
        "of": finding.checked,
        "reason": receipts.digest(shelf.token_key, "said", word.reason.strip()),
    }
