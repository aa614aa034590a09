"""Credentials of systems: `ys_<id>_<secret>_<crc32>`. The text is told once; only a keyed hash of it is kept."""

import base64
import hashlib
import hmac
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from catalog import persons, tables
from schemas.errors import BadInput, Unidentified, Unknown
from schemas.journey import SHANGHAI

FORM = re.compile(r"ys_([a-z2-7]{12})_([A-Za-z0-9_-]{43})_([0-9a-f]{8})")
DAYS = 180
"""A credential lives so long where nothing else is said."""
DAYS_CEILING = 400
EPOCH = datetime.fromtimestamp(0, UTC)

Randomness = Callable[[int], bytes]
"""So many random bytes, please; `secrets.token_bytes` at the doors."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a credential is for: a system, or a person of its organisation who works with it."""

    system: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Mint:
    """What new credentials are made of: the installation's pepper, and chance."""

    pepper: bytes
    randomness: Randomness


_NOT_VALID = "this credential is not valid: unknown, revoked or expired; ask the platform's operator for a new one"


@dataclass(frozen=True, slots=True)
class Credential:
    """What is known of one credential; never its secret."""

    id: str
    system: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_day: date | None
    person: str | None = None
    """Id of the person who shows it; None for a system's own."""


_KEPT = select(tables.credential).where(tables.credential.c.id == bindparam("wanted"))
"""Built once: it is asked for every read."""


def write(identifier: str, secret: bytes) -> str:
    """The text of a credential: a prefix for scanners, the id, the secret, a checksum against typing errors."""
    body = f"ys_{identifier}_{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"
    return f"{body}_{zlib.crc32(body.encode()):08x}"


def read(text: str) -> tuple[str, bytes]:
    """Id and secret; Unidentified where the text is no credential or was mistyped."""
    found = FORM.fullmatch(text)
    if found is None or f"{zlib.crc32(text[:-9].encode()):08x}" != found[3]:
        raise Unidentified(
            "this is no credential: expected ys_<12 characters>_<43 characters>_<8 characters>, unchanged"
        )
    return found[1], base64.urlsafe_b64decode(found[2] + "=")


def issue(connection: Connection, mint: Mint, bearer: Bearer, now: datetime, days: int = DAYS) -> str:
    """A new credential for a system, or for a person at it, told this once."""
    if not 0 < days <= DAYS_CEILING:
        raise BadInput(f"days: found {days}, expected 1 to {DAYS_CEILING}: every credential ends")
    table, system = tables.system, bearer.system
    found = connection.execute(select(table.c.organisation).where(table.c.id == system)).scalar()
    if found is None:
        raise Unknown(f"no system {system!r} is registered: `yishu system add` registers one")
    if bearer.person is not None:
        persons.works_for(connection, bearer.person, found)
    identifier = base64.b32encode(mint.randomness(8)).decode().lower()[:12]
    secret = mint.randomness(32)
    connection.execute(
        insert(tables.credential).values(
            id=identifier,
            system=system,
            person=bearer.person,
            secret_hash=_hash(mint.pepper, secret),
            issued_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    return write(identifier, secret)


def rotate(connection: Connection, mint: Mint, identifier: str, now: datetime, overlap: int = 7) -> str:
    """A new credential for the same bearer; the old one still works for `overlap` days, or less if it ends before."""
    old = find(connection, identifier)
    if old.revoked_at is not None:
        raise BadInput(f"credential {identifier} is revoked; issue a new one")
    ends = min(old.expires_at, now + timedelta(days=overlap))
    table = tables.credential
    connection.execute(update(table).where(table.c.id == identifier).values(expires_at=ends))
    return issue(connection, mint, Bearer(old.system, old.person), now)


def revoke(connection: Connection, identifier: str, now: datetime) -> None:
    """From now on it opens nothing. Revoking twice keeps the first moment."""
    old = find(connection, identifier)
    if old.revoked_at is None:
        table = tables.credential
        connection.execute(update(table).where(table.c.id == identifier).values(revoked_at=now))


def find(connection: Connection, identifier: str) -> Credential:
    """The credential with that id, or Unknown."""
    found = [one for one in listed(connection) if one.id == identifier]
    if not found:
        raise Unknown(f"no credential {identifier!r}: `yishu credential list` shows them")
    return found[0]


def listed(connection: Connection, system: str | None = None) -> tuple[Credential, ...]:
    """All credentials, or those of one system, newest first."""
    table = tables.credential
    wanted = select(*(table.c[name] for name in Credential.__slots__)).order_by(table.c.issued_at.desc(), table.c.id)
    if system is not None:
        wanted = wanted.where(table.c.system == system)
    return tuple(Credential(**row._mapping) for row in connection.execute(wanted))


@dataclass(frozen=True, slots=True)
class Kept:
    """A credential as it lies in the database."""

    credential: Credential
    secret_hash: bytes = field(repr=False)


def kept(connection: Connection, identifier: str) -> Kept | None:
    """What is kept of the credential of that id; None where there is none."""
    row = connection.execute(_KEPT, {"wanted": identifier}).one_or_none()
    if row is None:
        return None
    return Kept(Credential(**{name: row._mapping[name] for name in Credential.__slots__}), bytes(row.secret_hash))


NOBODY = Kept(Credential("", "", EPOCH, EPOCH, None, None), b"")
"""Stands for an id that there is none of: no secret fits it, and it has expired."""


def authenticate(found: Kept, pepper: bytes, secret: bytes, now: datetime) -> Credential:
    """Whose it is; Unidentified where it is nobody's, another's, revoked or expired."""
    if not hmac.compare_digest(_hash(pepper, secret), found.secret_hash):
        raise Unidentified(_NOT_VALID)
    return _in_force(found.credential, now)


def in_force(connection: Connection, identifier: str, now: datetime) -> Credential:
    """The credential of that id, for a link that was made for it; Unidentified where it opens nothing any more."""
    table = tables.credential
    wanted = select(*(table.c[name] for name in Credential.__slots__)).where(table.c.id == identifier)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise Unidentified(_NOT_VALID)
    return _in_force(Credential(**row._mapping), now)


def _in_force(found: Credential, now: datetime) -> Credential:
    if (found.revoked_at is not None and found.revoked_at <= now) or not found.issued_at <= now < found.expires_at:
        raise Unidentified(_NOT_VALID)
    return found


def note_use(connection: Connection, identifier: str, now: datetime) -> None:
    """Remember the day of its last use; call it when the day has changed."""
    table = tables.credential
    day = now.astimezone(SHANGHAI).date()
    connection.execute(update(table).where(table.c.id == identifier).values(last_used_day=day))


def _hash(pepper: bytes, secret: bytes) -> bytes:
    return hmac.digest(pepper, secret, hashlib.sha256)
