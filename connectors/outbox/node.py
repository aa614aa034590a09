"""Hands an envelope to another node: to the address on its card, no redirect, no proxy, an answer of bounded size."""

from dataclasses import dataclass

import httpx

from schemas.errors import RecipientUnreachable

PATIENCE_S = 30.0
MOST = 8 << 20
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
    headers = {"Content-Type": "application/json", "User-Agent": "yishu-node/1"}
    try:
        with (
            httpx.Client(timeout=PATIENCE_S, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", f"{url}{PATH}", content=envelope, headers=headers) as answer,
        ):
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MOST:
                    raise RecipientUnreachable(f"{url}: its answer is longer than {MOST} bytes")
            return Handed(answer.status_code, body)
    except httpx.HTTPError as failed:
        raise RecipientUnreachable(f"{url}: {type(failed).__name__}: {failed}") from failed
