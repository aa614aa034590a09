"""Consents where they are applied: those that concern an ask go into its decision, and each row is held to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine, select

from catalog.consents import tables
from catalog.consents.persons import naming
from catalog.consents.roster import Crowd, Rosters, Wanted
from catalog.rows.reader import keys_of
from catalog.rule.consent import JOINT, person_columns
from schemas.access import Ask, Basis, Consent, Decision, Mode, Roster
from schemas.dataset import Dataset

_BOOK = tables.consent


@dataclass(frozen=True, slots=True)
class Consents:
    """The consents of one installation, for the access rule and for the reader of rows."""

    engine: Engine
    secret: bytes = field(repr=False)
    """The installation's token key."""
    rosters: Rosters

    def concerning(self, asks: Sequence[Ask], dataset: Dataset) -> Sequence[Sequence[Consent] | Roster]:
        """For each of these asks, which differ in their subject alone, the consents that it could stand on."""
        first = asks[0]
        purpose = "open_use" if first.basis is Basis.OPEN else first.purpose
        if not dataset.consent or not first.subject.organisation or not purpose:
            return [()] * len(asks)
        wanted = Wanted(dataset.owner, dataset.key, first.subject.organisation, purpose)
        if first.mode is not Mode.VERIFY:
            return [self._crowd(wanted, first.moment).roster] * len(asks)
        return self._of_persons(asks, dataset, wanted)

    def holding(self, decision: Decision, dataset: Dataset) -> Callable[[pa.Table], pa.ChunkedArray] | None:
        """Rows -> whether each is of somebody in the roster that the decision is limited to; None without a roster.

        A consent that was withdrawn since the decision counts no more.
        """
        if decision.rows is None or not decision.rows.roster:
            return None
        purpose = "open_use" if decision.basis is Basis.OPEN else decision.ask.purpose
        wanted = Wanted(dataset.owner, dataset.key, decision.ask.subject.organisation, purpose)
        crowd = self._crowd(wanted, decision.ask.moment)
        name, columns = naming(self.secret, dataset), decision.rows.person_columns
        return lambda rows: held(rows, columns, crowd, name)

    def _crowd(self, wanted: Wanted, moment: datetime) -> Crowd:
        with self.engine.connect() as connection:
            return self.rosters.crowd(connection, wanted, moment)

    def _of_persons(self, asks: Sequence[Ask], dataset: Dataset, wanted: Wanted) -> Sequence[Sequence[Consent]]:
        name, columns = naming(self.secret, dataset), person_columns(dataset)
        keys = [JOINT.join((ask.key or {}).get(column, "") for column in columns) for ask in asks]
        persons = [name(key) for key in keys]
        found = self._living(wanted, persons)
        return [
            tuple(
                Consent(key, wanted.recipient, wanted.purpose, until, since, of)
                for since, until, of in found.get(person, ())
            )
            for key, person in zip(keys, persons, strict=True)
        ]

    def _living(
        self, wanted: Wanted, persons: Sequence[bytes]
    ) -> Mapping[bytes, Sequence[tuple[datetime, datetime, str]]]:
        """Person -> from when until when, and for which dataset, of what was not withdrawn."""
        where = (
            _BOOK.c.person.in_(persons),
            _BOOK.c.owner == wanted.owner,
            _BOOK.c.recipient == wanted.recipient,
            _BOOK.c.withdrawn_at.is_(None),
        )
        columns = (_BOOK.c.person, _BOOK.c.begins, _BOOK.c.ends, _BOOK.c.dataset)
        told: dict[bytes, list[tuple[datetime, datetime, str]]] = {}
        with self.engine.connect() as connection:
            for row in connection.execute(select(*columns).where(*where, _BOOK.c.purpose == wanted.purpose)):
                told.setdefault(bytes(row.person), []).append((row.begins, row.ends, row.dataset))
        return told


def held(rows: pa.Table, columns: Sequence[str], crowd: Crowd, name: Callable[[str], bytes]) -> pa.ChunkedArray:
    """Whether each row's person stands in the crowd; each distinct key of a batch is looked up once, NULL is nobody."""
    encoded = pc.dictionary_encode(keys_of(rows, tuple(columns))).unify_dictionaries()
    chunks = []
    for chunk in encoded.chunks:
        inside = pa.array([key is not None and name(key) in crowd for key in chunk.dictionary.to_pylist()], pa.bool_())
        chunks.append(pc.fill_null(inside.take(chunk.indices), False))
    return pa.chunked_array(chunks, pa.bool_())
