"""Sessions of people on the pages: kept on the server, known by a hash, short-lived, gone at log-out."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

COOKIE = "yishu_session"
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
MOST = 10_000
"""Sessions at once; the one idle longest makes room."""

Text = Callable[[], str]
"""A fresh text that nobody can guess."""


@dataclass(frozen=True, slots=True)
class Session:
    """One person's session. The credential is asked again at every request, so that revoking it ends this too."""

    credential: str = field(repr=False)
    token: str = field(repr=False)
    """What its forms must send back (CSRF)."""
    begun: datetime
    seen: datetime


class Sessions:
    """All sessions of this process, in memory: they end with it."""

    def __init__(self, fresh: Text = lambda: secrets.token_urlsafe(32)) -> None:
        self._fresh = fresh
        self._lock = Lock()
        self._held: dict[str, Session] = {}

    def begin(self, credential: str, now: datetime) -> str:
        """A new session; the answer is the cookie's value, which is kept nowhere here."""
        identifier = self._fresh()
        with self._lock:
            self._sweep(now)
            self._held[_hashed(identifier)] = Session(credential, self._fresh(), now, now)
        return identifier

    def find(self, identifier: str, now: datetime) -> Session | None:
        """The session, with its idle time begun anew; None where it is unknown or has run out."""
        key = _hashed(identifier)
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            if _over(found, now):
                del self._held[key]
                return None
            self._held[key] = replace(found, seen=now)
            return found

    def end(self, identifier: str) -> None:
        """Log out: the cookie opens nothing any more, wherever it is kept."""
        with self._lock:
            self._held.pop(_hashed(identifier), None)

    def _sweep(self, now: datetime) -> None:
        for key in [k for k, one in self._held.items() if _over(one, now)]:
            del self._held[key]
        if len(self._held) >= MOST:
            del self._held[min(self._held, key=lambda k: self._held[k].seen)]


def same(told: str, expected: str) -> bool:
    """Whether two tokens are equal, in equal time."""
    return hmac.compare_digest(told.encode(), expected.encode())


def _over(session: Session, now: datetime) -> bool:
    return now - session.seen > IDLE or now - session.begun > LONGEST


def _hashed(identifier: str) -> str:
    return hashlib.sha256(identifier[:200].encode()).hexdigest()
