"""Hands an envelope to another node: to the address on its card, no redirect, no proxy, an answer of bounded size."""

from dataclasses import dataclass
from time import monotonic

import httpx

from schemas.errors import RecipientUnreachable

PATIENCE_S = 15.0
LONGEST_S = 30.0
"""Seconds that an answer may take, however steadily it drips."""
MOST = 1 << 20
"""Bytes of an answer."""
PATH = "/api/v1/nodes/messages"


@dataclass(frozen=True, slots=True)
class Handed:
    """What came back."""

    status: int
    body: bytes

    @property
    def taken(self) -> bool:
        """Whether it was acted on."""
        return self.status == 200

    @property
    def final(self) -> bool:
        """Whether the same envelope will never be taken: it was understood and refused."""
        return self.status in (400, 409, 413, 422)


def hand(url: str, envelope: bytes) -> Handed:
    """POST it; RecipientUnreachable where nobody answers."""
    headers = {"Content-Type": "application/json", "User-Agent": "yishu-node/1", "Accept-Encoding": "identity"}
    until = monotonic() + LONGEST_S
    try:
        with (
            httpx.Client(timeout=PATIENCE_S, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", f"{url}{PATH}", content=envelope, headers=headers) as answer,
        ):
            body = bytearray()
            for piece in answer.iter_raw():
                body += piece
                if len(body) > MOST or monotonic() > until:
                    raise RecipientUnreachable(f"{url}: its answer has more than {MOST} bytes, or takes too long")
            return Handed(answer.status_code, bytes(body))
    except (httpx.HTTPError, httpx.InvalidURL) as failed:
        raise RecipientUnreachable(f"{url}: {type(failed).__name__}: {failed}") from failed
