"""What may be done with the book of consents, and by whom; each change is in the ledger before it is in the book."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from catalog import access, receipts
from catalog.consents import book
from catalog.consents.book import Held, Terms, Which
from catalog.consents.persons import named, numbered
from catalog.database import writing
from catalog.ledger import tokens
from catalog.rule.basis import OF_GRANTS
from catalog.rule.consent import person_columns
from catalog.rule.each import joined
from catalog.shelf import Shelf
from schemas.access import Ask, Basis, Decision, Mode, Standing, Subject
from schemas.dataset import Dataset, Json
from schemas.errors import BadInput, Unknown
from schemas.journey import SHANGHAI

SEEN_AT_ONCE = 100
"""Subjects of one batch of a department that is not the owner: each is looked up among the rows that it collected."""
NO_CONSENT = "no consent of this number that your organisation recorded or owns the data of"
BASES = ((Basis.OWNER, "own_duty"), (Basis.RETURN, "data_return"))


@dataclass(frozen=True, slots=True)
class Batch:
    """Consents of several subjects to one thing, under one Idempotency-Key."""

    terms: Terms
    dataset: Dataset | None
    """None: every dataset of the owner, for this purpose."""
    subjects: tuple[Mapping[str, str], ...]
    key: str


def authority(shelf: Shelf, subject: Subject, dataset: Dataset, now: datetime) -> Decision:
    """On what somebody records consents to a dataset: as its owner, or as the department that collected the rows.

    A refusal says that they are not the owner. Whether a version is published does not matter.
    """
    found: list[Decision] = []
    for basis, purpose in BASES:
        ask = Ask(subject, dataset.key, Mode.QUERY, purpose, now, basis=basis)
        found.append(access.decide(ask, dataset, (), Standing(True, False, 1), shelf.tree()))
    return next((one for one in found if one.allowed), found[0])


def record(shelf: Shelf, subject: Subject, batch: Batch, now: datetime) -> Json:
    """Enter a batch and answer it; a batch that was sent before is answered as it was. BadInput says what is wrong."""
    _checked(batch)
    persons = [_person(shelf, batch, one) for one in batch.subjects]
    told = [batch.terms, [dict(one) for one in batch.subjects]]
    digest = receipts.digest(shelf.token_key, "batch", told)
    with writing(shelf.engine) as connection:
        before = book.answered(connection, subject.organisation, batch.key, digest)
        if before is not None:
            return before
        receipt = _in_ledger(shelf, subject, batch.terms, now, {"action": "recorded", "consents": len(set(persons))})
        answer = {
            "recorded": book.record(connection, batch.terms, persons, subject.organisation, now),
            "receipt": receipt,
        }
        book.note_batch(
            connection,
            {"organisation": subject.organisation, "key": batch.key, "digest": digest, "answer": answer, "at": now},
        )
    return answer


def collected(shelf: Shelf, subject: Subject, batch: Batch, now: datetime) -> None:
    """BadInput unless the department collected a row of every subject: it speaks for nobody else.

    Looked up as any verify is, under its right to what it collected, with a receipt.
    """
    dataset = batch.dataset
    if dataset is None or set(person_columns(dataset)) != set(dataset.subject_fields):
        raise BadInput("only the owner records consents here: rows are not looked up by the person alone")
    if len(batch.subjects) > SEEN_AT_ONCE:
        raise BadInput(f"subjects: found {len(batch.subjects)}, expected at most {SEEN_AT_ONCE} from who is not owner")
    case = batch.terms.evidence
    plain = Ask(subject, dataset.key, Mode.VERIFY, "data_return", now, case=case, basis=Basis.RETURN)
    asks = [replace(plain, key=one) for one in batch.subjects]
    decisions = shelf.decide_each(asks)
    shelf.record_each(decisions, {"for": "consents"})
    if not all(one.allowed for one in decisions):
        raise BadInput("a subject could not be looked up among the rows that your organisation collected")
    seen = {key for keys, _ in shelf.open_rows(joined(decisions)).by_subject() for key in keys}
    if len(seen) < len({tuple(sorted(one.items())) for one in batch.subjects}):
        raise BadInput("a subject is not among the rows that your organisation collected; nothing was recorded")


def withdraw(shelf: Shelf, subject: Subject, which: Which, now: datetime) -> tuple[Held, ...]:
    """Take back consents of the data that the asker owns, or that it recorded; Unknown where there is none such."""
    mine = [replace(which, owner=subject.organisation), replace(which, recorded_by=subject.organisation)]
    return _taken_back(shelf, subject, mine, now)


def withdraw_own(shelf: Shelf, subject: Subject, which: Which, now: datetime) -> tuple[Held, ...]:
    """Take back one's own consents: `which.person` was shown by its holder's token."""
    return _taken_back(shelf, subject, [which], now)


def _taken_back(shelf: Shelf, subject: Subject, some: list[Which], now: datetime) -> tuple[Held, ...]:
    with writing(shelf.engine) as connection:
        if not any(book.listed(connection, which, None, 1) for which in some):
            raise Unknown(NO_CONSENT)
        taken = [held for which in some for held in book.withdraw(connection, which, now)]
        for terms in dict.fromkeys(_terms(held) for held in taken):
            several = sum(_terms(held) == terms for held in taken)
            _in_ledger(shelf, subject, terms, now, {"action": "withdrawn", "consents": several})
    return tuple(taken)


def _terms(held: Held) -> Terms:
    return Terms(*(getattr(held, name) for name in Terms.__slots__))


def _person(shelf: Shelf, batch: Batch, subject: Mapping[str, str]) -> bytes:
    if batch.dataset is None:
        return numbered(shelf.token_key, subject)
    return named(shelf.token_key, batch.dataset, subject)


def _checked(batch: Batch) -> None:
    terms = batch.terms
    if terms.purpose not in OF_GRANTS:
        raise BadInput(f"purpose: found {terms.purpose[:40]!r}, expected one of {', '.join(sorted(OF_GRANTS))}")
    if not terms.begins < terms.ends:
        raise BadInput(f"a consent must end after it begins, found {terms.begins} to {terms.ends}")
    if batch.dataset is not None and not batch.dataset.consent:
        raise BadInput(f"{batch.dataset.key} asks for nobody's consent (yishu.consent of its contract)")


def _in_ledger(shelf: Shelf, subject: Subject, terms: Terms, now: datetime, done: Mapping[str, Json]) -> str:
    """Number of the receipt: how many consents to what were recorded or taken back, never whose."""
    told: dict[str, Json] = {
        "event": "consent",
        "system": subject.system,
        "credential": subject.credential,
        "person": subject.person,
        "organisation": subject.organisation,
        "division": subject.division,
        "dataset": terms.dataset,
        "owner": terms.owner,
        "recipient": terms.recipient,
        "purpose": terms.purpose,
        "moment": now.astimezone(SHANGHAI).isoformat(),
        **done,
    }
    about = [tokens.about_organisation(code) for code in dict.fromkeys((subject.organisation, terms.owner)) if code]
    return shelf.ledger.record(told, now, shelf.randomness(16), about).number
