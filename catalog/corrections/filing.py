"""A claim comes in, from a system, an officer or a citizen: located at its source, and merged with others there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import receipts
from catalog.corrections import cells, named, sealed, stored, terms
from catalog.corrections.acts import Act, record, sides_of, step_of
from catalog.corrections.cells import Found
from catalog.corrections.located import Cell, located
from catalog.corrections.told import notices
from catalog.database import serialise, writing
from catalog.filters.text import read_filter
from catalog.ledger import tokens
from catalog.mending.notices import tell
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.access import Ask, Decision, Mode, Subject
from schemas.correction import LONGEST, Action, Correction, State, after
from schemas.correction_values import spelt
from schemas.dataset import Dataset, Json
from schemas.doubt import Claim, Doubt, Words
from schemas.errors import BadInput, Unknown
from schemas.journey import SHANGHAI
from schemas.notice import About

FILED = "filed"


@dataclass(frozen=True, slots=True)
class Filing:
    """What somebody says is wrong."""

    dataset: Dataset
    column: str
    expected: str | None
    """None: there should be no value."""
    evidence: str
    key: Mapping[str, str] | None = None
    """The row's primary key, as they get it; None where the filter names the row."""
    filter: str = ""
    purpose: str = ""
    grant: str = ""
    case: str = ""
    """Number of a case: asked in mode verify, for who may only verify."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who says so: a system or an officer, or the person whose own row it is."""

    subject: Subject
    citizen: str = ""
    """Of a citizen: what the ledger keeps of their token, in hex."""


def decided(shelf: Shelf, subject: Subject, filing: Filing, now: datetime) -> Decision:
    """The access rule's answer to an ask for the row: who may not see a value cannot say that it is wrong."""
    dataset = checked(filing).dataset
    if (filing.key is None) is not bool(filing.filter):
        raise BadInput("expected either key or filter, and not both: which row is it?")
    ask = Ask(
        subject=subject,
        dataset=dataset.key,
        mode=Mode.VERIFY if filing.case else Mode.QUERY,
        purpose=filing.purpose,
        moment=now,
        grant=filing.grant,
        case=filing.case,
        key=_subject(shelf, filing) if filing.case else None,
        filter=read_filter(filing.filter, dataset) if filing.filter else None,
    )
    return shelf.decide(ask)


def file(shelf: Shelf, subject: Subject, filing: Filing, decision: Decision, now: datetime) -> tuple[Correction, ...]:
    """Enter the claim of a system or an officer; the corrections that it is part of now, one for each source cell."""
    if filing.column not in {view.name for view in decision.served}:
        raise BadInput(f"column: found {filing.column[:64]!r}, expected one that you are served")
    try:
        row = named.seen(shelf, filing.dataset, decision, filing.key)
    except Unknown:
        _missed(shelf, subject, filing, now)
        raise
    return _enter(shelf, Claimant(subject), filing, row, now)


def file_own(shelf: Shelf, token: str, filing: Filing, now: datetime) -> tuple[Correction, ...]:
    """Enter a citizen's claim about their own row; Unknown, in the same words, for every other row and dataset."""
    row = named.own(shelf, filing.dataset, filing.key or {}, token)
    kept = tokens.about_subject(token).hex()
    return _enter(shelf, Claimant(PUBLIC, kept), filing, row, now)


def checked(filing: Filing) -> Filing:
    """The claim, its words trimmed; BadInput where it lacks something or is too long."""
    names = {one.name for one in filing.dataset.fields}
    if filing.column not in names:
        raise BadInput(f"column: found {filing.column[:64]!r}, expected one of the dataset")
    if filing.column in filing.dataset.key_fields:
        raise BadInput("column: a key cannot be corrected, since it names the row; doubt the row's other columns")
    evidence = filing.evidence.strip()
    if not evidence or len(evidence) > LONGEST:
        raise BadInput(f"evidence: found {len(evidence)} characters, expected 1 to {LONGEST}: how do you know?")
    expected = spelt(filing.dataset.field(filing.column), filing.expected)
    return replace(filing, evidence=evidence, expected=expected)


def _missed(shelf: Shelf, subject: Subject, filing: Filing, now: datetime) -> None:
    """Put on record that somebody named a row that is not there for them: so nobody tries many unseen."""
    digest = receipts.digest(shelf.token_key, "row", [dict(filing.key or {}), filing.filter])
    body: dict[str, Json] = {
        "event": "correction",
        "action": "no_row",
        "dataset": filing.dataset.key,
        "column": filing.column,
        "row": digest,
        "system": subject.system,
        "credential": subject.credential,
        "person": subject.person,
        "organisation": subject.organisation,
        "moment": now.astimezone(SHANGHAI).isoformat(),
    }
    shelf.ledger.record(body, now, shelf.randomness(16))


def _enter(shelf: Shelf, by: Claimant, filing: Filing, row: Found, now: datetime) -> tuple[Correction, ...]:
    filing = checked(filing)
    sources = located(shelf, Cell(row, filing.column))
    return tuple(_claim(shelf, by, filing, row, one, now) for one in sources)


def _claim(  # noqa: PLR0913, PLR0917 - who claims what of which row, whose it is, and when
    shelf: Shelf, by: Claimant, filing: Filing, row: Found, source: Cell, now: datetime
) -> Correction:
    """One claim on one source cell: a correction of its own, or part of the one that lives."""
    fresh = _fresh(shelf, source, now)
    doubt = Doubt(row.key, filing.expected, filing.evidence)
    with shelf.engine.connect() as connection:
        known = stored.living(connection, fresh.cell)
        if known is not None and _said(connection, shelf, known.it, by, doubt):
            return known.it
    act = Act(
        Action.JOIN if known else Action.REOPEN, by.subject, doubt.evidence, (("action", FILED), *_facts(shelf, doubt))
    )
    number = record(shelf, known.it if known else fresh, act, now)
    with writing(shelf.engine) as connection:
        serialise(connection, "correction")
        kept = stored.living(connection, fresh.cell)
        one = kept.it if kept else _open(connection, shelf, fresh, source)
        if kept is not None:
            after(one.state, Action.JOIN)
        claim = Claim(0, one.id, filing.dataset.key, filing.column, by.subject.organisation, by.subject.system,
                      by.subject.person, by.citizen, now)  # fmt: skip
        stored.enter_claim(connection, claim, _seal(shelf, doubt))
        action = Action.JOIN.value if kept else FILED
        stored.enter_step(connection, one.id, replace(step_of(act, one, number, now), action=action))
        sides = sides_of(connection, shelf, one)
        terms.follow(connection, one if kept else None, one, sides, now)
        heard = one if kept is None else replace(one, moved_at=now)
        tell(connection, notices(About.CORRECTION_OPENED, heard, sides, [one.owner], now))
    return one


def _fresh(shelf: Shelf, source: Cell, now: datetime) -> Correction:
    dataset, snapshot = source.found.dataset, shelf.latest(source.found.dataset.key)
    key = cells.joined(dataset, source.found.key)
    return Correction(
        id=0,
        dataset=dataset.key,
        column=source.column,
        cell=sealed.cell(shelf.token_key, dataset.key, source.column, [key]),
        owner=dataset.owner,
        division=dataset.division,
        state=State.LOCATED,
        opened_at=now,
        moved_at=now,
        version=snapshot.version if snapshot else 0,
    )


def _open(connection: Connection, shelf: Shelf, fresh: Correction, source: Cell) -> Correction:
    one = replace(fresh, repeats=stored.before(connection, fresh.cell))
    words = Words(source.found.key, source.found.value(source.column))
    return replace(one, id=stored.enter(connection, one, _seal(shelf, words)))


def _said(connection: Connection, shelf: Shelf, known: Correction, by: Claimant, doubt: Doubt) -> bool:
    """Whether this claimant has said this very thing of it already: sent twice, it is one claim."""
    for claim, closed in stored.claims(connection, known.id):
        same = (claim.organisation, claim.system, claim.person, claim.citizen) == (
            by.subject.organisation, by.subject.system, by.subject.person, by.citizen,
        )  # fmt: skip
        if same and not claim.withdrawn and sealed.opened(shelf.token_key, closed, Doubt) == doubt:
            return True
    return False


def _facts(shelf: Shelf, doubt: Doubt) -> tuple[tuple[str, str], ...]:
    return (("expected", receipts.digest(shelf.token_key, "expected", doubt.expected)),)


def _seal(shelf: Shelf, word: Words | Doubt) -> bytes:
    return sealed.seal(shelf.token_key, word, shelf.randomness(sealed.NONCE))


def _subject(shelf: Shelf, filing: Filing) -> dict[str, str]:
    """The subject of a verify: the row's own numbers; where there is no such row, as many words as one would have."""
    dataset, snapshot = filing.dataset, shelf.latest(filing.dataset.key)
    key = filing.key or {}
    row = cells.row(shelf, dataset, snapshot, key) if snapshot is not None else None
    return {name: (row.text(name) if row else key.get(name, "")) or "-" for name in dataset.subject_fields}


def dataset_of(shelf: Shelf, key: str) -> Dataset:
    """The dataset that a citizen names; the same Unknown as for a row that is not theirs."""
    try:
        return shelf.dataset(key)
    except Unknown:
        raise Unknown(named.NO_ROW) from None
