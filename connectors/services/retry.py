"""Asks a service again when it is busy or out of reach: waits that double, or as long as it says itself."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from connectors.http_told import moment
from schemas.errors import SourceChanged, SourceUnreachable

AGAIN = (408, 429, 500, 502, 503, 504)
"""Answers after which the same ask may succeed later."""
MOMENTS = 1_000_000_000
"""From here on a number is seconds since 1970, below it seconds from now."""
LONGEST = 300.0
"""Seconds; a service that wants us to wait longer is asked on another run."""


@dataclass(slots=True)
class Patience:
    """How often, and how long in between; the same one for all asks of a run, since a service may want a rest."""

    retries: int
    wait: Callable[[float], None]
    first: float = 0.5
    """Seconds before the first retry; doubled each time."""
    owed: float = 0.0
    """Seconds to wait before the next ask: the last answer said that no more may be asked until then."""

    def ask(
        self, send: Callable[[], httpx.Response], where: str, busy: Callable[[httpx.Response], str] = lambda _: ""
    ) -> httpx.Response:
        """The first sound answer; SourceUnreachable after the last try, SourceChanged for any other status.

        `busy` tells what a sound answer says of itself that makes it none, so that it is asked for again.
        """
        said = ""
        self._rest(where)
        for attempt in range(self.retries + 1):
            pause = min(self.first * 2**attempt, LONGEST)
            try:
                answer = send()
            except httpx.RequestError as failed:
                said = f"{type(failed).__name__}: {failed}"
            else:
                if answer.is_success:
                    self.owed = _owed(answer)
                said = busy(answer) if answer.is_success else f"status {answer.status_code}"
                if not said:
                    return answer
                if answer.status_code not in AGAIN and not answer.is_success:
                    raise SourceChanged(f"{where}: found {said}, expected 200; {_advice(answer.status_code)}")
                pause = self._told(answer, pause, where)
            if attempt < self.retries:
                self.wait(pause)
        raise SourceUnreachable(f"{where}: {said} after {self.retries + 1} tries")

    def _rest(self, where: str) -> None:
        if self.owed > LONGEST:
            raise SourceUnreachable(f"{where}: it lets us ask no more for {self.owed:.0f} s")
        if self.owed:
            self.wait(self.owed)
        self.owed = 0.0

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


def _owed(answer: httpx.Response) -> float:
    """Seconds until more may be asked, where a sound answer says that nothing is left; else 0."""
    for before in ("RateLimit", "X-RateLimit", "X-Rate-Limit"):
        left, reset = (answer.headers.get(f"{before}-{name}", "").strip() for name in ("Remaining", "Reset"))
        if left == "0" and reset.isdecimal():
            return float(reset) if int(reset) < MOMENTS else _since(int(reset), answer.headers.get("Date", ""))
    return 0.0


def _since(seconds: int, now: str) -> float:
    """Seconds from an answer's own date to a moment since 1970."""
    told = moment(now)
    return 0.0 if told is None else max(0.0, seconds - told.timestamp())


def _until(told: str, now: str) -> float | None:
    """Seconds between two HTTP dates, never negative; None when either cannot be read."""
    since, until = moment(now), moment(told)
    return None if since is None or until is None else max(0.0, (until - since).total_seconds())


def _advice(status: int) -> str:
    if status in (401, 403):
        return "look at login and rights of the connection"
    if 300 <= status < 400:
        return "redirects are not followed; give the connection the final address"
    return "look at path and parameters in the contract"
