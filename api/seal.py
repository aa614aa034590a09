"""Sealed texts: what a client carries for us and must not alter, such as the cursor of the next page."""

import base64
import binascii
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.dataset import Json
from schemas.errors import BadAsk


@dataclass(frozen=True, slots=True)
class Seal:
    """HMAC-SHA256 under keys of this installation, two for each use by `purpose`."""

    secret: bytes = field(repr=False)

    def close(self, said: Json, *, purpose: str, bound: Json, until: datetime) -> str:
        """`said` as a URL-safe text that opens again only with equal `bound`, before `until`, and is read by nobody."""
        text = _canonical({"s": said, "t": int(until.timestamp())})
        tag = self._mac(purpose, text, bound)
        return _encode(tag + self._covered(purpose, tag, text))

    def open(self, sealed: str, *, purpose: str, bound: Json, now: datetime) -> Json:
        """What was sealed; BadAsk for a text that is altered, for another caller or ask, or too old."""
        raw = _decode(sealed[:4096])
        tag, covered = raw[:TAG], raw[TAG:]
        text = self._covered(purpose, tag, covered)
        if not hmac.compare_digest(tag, self._mac(purpose, text, bound)):
            raise BadAsk(f"{purpose}: found a text that was not made here for this caller and this ask; expected none")
        said = json.loads(text)
        if now >= datetime.fromtimestamp(said["t"], now.tzinfo):
            raise BadAsk(f"{purpose}: found one that has run out; expected one of the last hours: start again")
        return said["s"]

    def tag(self, said: Json, *, purpose: str) -> str:
        """32 hex digits that stand for `said` and tell nothing about it."""
        return self._mac(purpose, _canonical(said), None).hex()[:32]

    def _mac(self, purpose: str, text: bytes, bound: Json) -> bytes:
        key = hmac.digest(self.secret, f"yishu {purpose}".encode(), "sha256")
        return hmac.digest(key, text + b"\0" + _canonical(bound), "sha256")

    def _covered(self, purpose: str, tag: bytes, text: bytes) -> bytes:
        """`text` under a key stream that its own tag chooses (as in RFC 5297); twice is the text again."""
        key = hmac.digest(self.secret, f"yishu {purpose} cover".encode(), "sha256")
        blocks = range(-(-len(text) // TAG))
        stream = b"".join(hmac.digest(key, tag + block.to_bytes(4, "big"), "sha256") for block in blocks)
        return bytes(a ^ b for a, b in zip(text, stream, strict=False))


TAG = 32
"""Bytes of a tag and of a block of the key stream."""
CURSOR_LIFE = timedelta(hours=12)
"""How long the cursor of a next page opens."""


def _canonical(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
