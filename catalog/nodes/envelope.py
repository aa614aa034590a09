"""Signed envelopes between nodes: DSSE v1.0 with Ed25519, so that any library of that format opens them."""

import base64
import binascii
import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from catalog.datasets import storable
from catalog.ledger.signer import ED25519, Signer, key_hash
from schemas.dataset import Json
from schemas.errors import BadInput

MOST = 8 << 20
"""Bytes of an envelope."""
LONGEST = 128
"""Characters of what says who signed, and what."""
MEMBERS = 32
"""Brackets and commas of an envelope; what has more is none, and is not read: it could fill the memory."""


def sealed(payload: bytes, of: str, key: Signer) -> bytes:
    """The payload under the key's signature; `of` is its media type."""
    signature = key.private.sign(_authenticated(of, payload))
    told = {
        "payloadType": of,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": key.origin, "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(told, separators=(",", ":")).encode()


def signer_of(envelope: bytes) -> str:
    """Who says to have signed it; nothing is believed yet. BadInput where it is no envelope."""
    return _read(envelope)[2]


def unopened(envelope: bytes) -> bytes:
    """The payload before anybody has looked at the signature: for a card, which brings its own key."""
    return _read(envelope)[1]


def opened(envelope: bytes, of: str, key: str) -> bytes:
    """The payload; BadInput where it is of another type, or not signed with that public key."""
    kind, payload, keyid, signature = _read(envelope)
    name, public = read_key(key)
    if kind != of or keyid != name:
        raise BadInput(f"envelope: found {kind[:60]!r} of {keyid[:60]!r}, expected {of!r} of {name!r}")
    try:
        public.verify(signature, _authenticated(of, payload))
    except InvalidSignature:
        raise BadInput(f"envelope: its signature is not that of {name}; nothing in it is believed") from None
    return payload


def read_key(text: str) -> tuple[str, Ed25519PublicKey]:
    """Name and key out of `<name>+<hash>+<base64>`; BadInput where the three do not belong together."""
    name, _, rest = text.strip().partition("+")
    told, _, encoded = rest.partition("+")
    try:
        packed = base64.b64decode(encoded, validate=True)
        fits = packed[:1] == ED25519 and len(packed) == 33 and key_hash(name, ED25519, packed[1:]).hex() == told
        named = hashlib.sha256(packed[1:]).hexdigest()[:12]
    except (binascii.Error, ValueError):
        fits, packed, named = False, b"", ""
    if not fits or name.split("/")[1:2] != [named]:
        raise BadInput(f"key: found {text[:60]!r}, expected a public key of a node as `yishu node card` writes it")
    return name, Ed25519PublicKey.from_public_bytes(packed[1:])


def read(payload: bytes) -> Json:
    """The JSON of a payload; ValueError, TypeError or RecursionError where a database could not hold a text of it."""
    told: Json = json.loads(payload)
    if b"\\u0000" in json.dumps(told, ensure_ascii=False, allow_nan=False).encode():
        raise ValueError("found a NUL")
    return told


def _authenticated(of: str, payload: bytes) -> bytes:
    kind = of.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _read(envelope: bytes) -> tuple[str, bytes, str, bytes]:
    try:
        small = len(envelope) <= MOST and sum(map(envelope.count, (b"[", b"{", b","))) <= MEMBERS
        told = json.loads(envelope) if small else {}
        (one,) = told["signatures"]
        kind, keyid = str(told["payloadType"]), str(one["keyid"])
        if max(len(kind), len(keyid)) > LONGEST or not storable(kind + keyid):
            raise ValueError("found texts that name nothing")
        payload, signature = (base64.b64decode(part, validate=True) for part in (told["payload"], one["sig"]))
        return kind, payload, keyid, signature
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise BadInput("envelope: expected DSSE: payloadType, payload and one signature, in base64") from wrong
