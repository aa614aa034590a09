"""Asks a service again when it is busy or out of reach: waits that double, or as long as it says itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from schemas.errors import SourceChanged, SourceUnreachable

AGAIN = (408, 429, 500, 502, 503, 504)
"""Answers after which the same ask may succeed later."""
LONGEST = 300.0
"""Seconds; a service that wants us to wait longer is asked on another run."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and how long in between."""

    retries: int
    wait: Callable[[float], None]
    first: float = 0.5
    """Seconds before the first retry; doubled each time."""

    def ask(self, send: Callable[[], httpx.Response], where: str) -> httpx.Response:
        """The first sound answer; SourceUnreachable after the last try, SourceChanged for any other status."""
        said = ""
        for attempt in range(self.retries + 1):
            pause = min(self.first * 2**attempt, LONGEST)
            try:
                answer = send()
            except httpx.RequestError as failed:
                said = f"{type(failed).__name__}: {failed}"
            else:
                if answer.is_success:
                    return answer
                said = f"status {answer.status_code}"
                if answer.status_code not in AGAIN:
                    raise SourceChanged(f"{where}: found {said}, expected 200; {_advice(answer.status_code)}")
                pause = self._told(answer, pause, where)
            if attempt < self.retries:
                self.wait(pause)
        raise SourceUnreachable(f"{where}: {said} after {self.retries + 1} tries")

    def _told(self, answer: httpx.Response, pause: float, where: str) -> float:
        """Retry-After (RFC 9110, 10.2.3) in seconds or as a date, the date counted from the answer's own."""
        told = answer.headers.get("Retry-After", "").strip()
        if not told:
            return pause
        seconds = float(told) if told.isdecimal() else _until(told, answer.headers.get("Date", ""))
        if seconds is None:
            return pause
        if seconds > LONGEST:
            raise SourceUnreachable(f"{where}: status {answer.status_code}, and it wants us back in {seconds:.0f} s")
        return seconds


def _until(told: str, now: str) -> float | None:
    """Seconds between two HTTP dates, never negative; None when either cannot be read."""
    moments: list[datetime] = []
    for text in (now, told):
        try:
            moments.append(parsedate_to_datetime(text))
        except ValueError:
            return None
    return max(0.0, (moments[1] - moments[0]).total_seconds())


def _advice(status: int) -> str:
    if status in (401, 403):
        return "look at login and rights of the connection"
    if 300 <= status < 400:
        return "redirects are not followed; give the connection the final address"
    return "look at path and parameters in the contract"
