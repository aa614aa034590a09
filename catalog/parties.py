"""Who asks and who provides: organisations, their systems and persons, and what these show at the door."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from catalog import credentials, organisations, persons, subjects
from catalog.credentials import Bearer, Credential, Kept, Mint
from catalog.database import writing
from catalog.nodes import passport
from catalog.organisations import Organisation, System
from catalog.persons import Person
from catalog.recall import Recall
from schemas.access import Subject
from schemas.errors import Unidentified
from schemas.journey import SHANGHAI

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Known:
    """A credential, and who asks with it."""

    kept: Kept
    subject: Subject


NOBODY = Known(credentials.NOBODY, subjects.PUBLIC)


@dataclass(frozen=True, slots=True)
class Parties:
    """Everybody who is registered."""

    engine: Engine
    mint: Mint
    recall: Recall
    node: str = ""
    """Id of this node, for which passports are made."""

    def add_organisation(self, organisation: Organisation) -> None:
        """Add or replace."""
        with writing(self.engine) as connection:
            organisations.add_organisation(connection, organisation)

    def add_system(self, system: System) -> None:
        """Add or replace; its organisation must be there."""
        with writing(self.engine) as connection:
            organisations.add_system(connection, system)

    def set_active(self, *, organisation: str = "", system: str = "", active: bool) -> None:
        """Switch an organisation or a system off or on."""
        with writing(self.engine) as connection:
            organisations.set_active(connection, organisation=organisation, system=system, active=active)

    def organisation(self, credit_code: str) -> Organisation:
        """By credit code, or Unknown."""
        return self._read(organisations.organisation, credit_code)

    def organisations(self) -> tuple[Organisation, ...]:
        """All, by division."""
        return self._read(organisations.organisations)

    def systems(self, organisation: str | None = None) -> tuple[System, ...]:
        """All, or those of one organisation."""
        return self._read(organisations.systems, organisation)

    def add_person(self, person: Person) -> None:
        """Add or replace; BadInput where the roles exclude each other."""
        with writing(self.engine) as connection:
            persons.add(connection, person)

    def persons(self, organisation: str | None = None) -> tuple[Person, ...]:
        """All, or those of one organisation."""
        return self._read(persons.listed, organisation)

    def person_off(self, identifier: str) -> None:
        """The person's credentials open nothing any more."""
        with writing(self.engine) as connection:
            persons.off(connection, identifier)

    def issue_credential(self, bearer: str | Bearer, now: datetime, days: int = credentials.DAYS) -> str:
        """The text of a new credential for a system, or for a person at it, told this once."""
        who = Bearer(bearer) if isinstance(bearer, str) else bearer
        with writing(self.engine) as connection:
            return credentials.issue(connection, self.mint, who, now, days)

    def rotate(self, identifier: str, now: datetime, overlap: int = 7) -> str:
        """A new credential for the same system; the old one ends after `overlap` days."""
        with writing(self.engine) as connection:
            return credentials.rotate(connection, self.mint, identifier, now, overlap)

    def revoke(self, identifier: str, now: datetime) -> None:
        """The credential opens nothing any more."""
        with writing(self.engine) as connection:
            credentials.revoke(connection, identifier, now)

    def credentials(self, system: str | None = None) -> tuple[Credential, ...]:
        """What is known of credentials, never their secrets."""
        return self._read(credentials.listed, system)

    def subject(self, credential: str | None, now: datetime) -> Subject:
        """Who asks; without a credential the public. Unidentified where it is not valid."""
        if not credential:
            return subjects.PUBLIC
        if credential.startswith(passport.PREFIX):
            return self._read(passport.subject, credential, self.node, now)
        identifier, secret = credentials.read(credential)
        known = self.recall.of(_known, identifier) or NOBODY
        try:
            found = credentials.authenticate(known.kept, self.mint.pepper, secret, now)
        except Unidentified:
            self._read(_known, identifier)  # an unknown id is never at hand; else a wrong secret would fail faster
            raise
        if found.last_used_day != now.astimezone(SHANGHAI).date():
            with writing(self.engine) as connection:
                credentials.note_use(connection, found.id, now)
        return known.subject

    def at_hand(self, credential: str, now: datetime) -> Subject | None:
        """As `subject` where that is known without waiting for the database; None: ask `subject`."""
        if not credential:
            return subjects.PUBLIC
        if credential.startswith(passport.PREFIX):
            return None
        identifier, secret = credentials.read(credential)
        known = self.recall.at_hand(_known, identifier)
        if known is None or known.kept.credential.last_used_day != now.astimezone(SHANGHAI).date():
            return None
        try:
            credentials.authenticate(known.kept, self.mint.pepper, secret, now)
        except Unidentified:
            return None
        return known.subject

    def subject_of(self, credential: str, now: datetime) -> Subject:
        """Who a link was made for, by the id of their credential; empty: the public. Unidentified as in `subject`."""
        if not credential:
            return subjects.PUBLIC
        with self.engine.connect() as connection:
            return subjects.of_credential(connection, credentials.in_force(connection, credential, now))

    def _read(self, read: Callable[Concatenate[Connection, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        with self.engine.connect() as connection:
            return read(connection, *arguments, **named)


def _known(connection: Connection, identifier: str) -> Known | None:
    kept = credentials.kept(connection, identifier)
    return None if kept is None else Known(kept, subjects.of_credential(connection, kept.credential))
