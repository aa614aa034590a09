"""Words that may name a person, as they lie in the database: AES-256-GCM under a key of the installation's own."""

import hmac
from collections.abc import Sequence
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from catalog.ledger import tokens
from schemas.errors import NotReady
from schemas.record import from_json, to_json

T = TypeVar("T")
NONCE = 12
JOINT = "\x1f"


def seal(secret: bytes, word: object, nonce: bytes) -> bytes:
    """One frozen word, to be opened with the same secret alone; `nonce` is 12 random bytes."""
    return nonce + AESGCM(_key(secret)).encrypt(nonce, to_json(word), None)


def opened(secret: bytes, sealed: bytes, of: type[T]) -> T:
    """The word; NotReady where it was sealed under another secret, or altered."""
    try:
        text = AESGCM(_key(secret)).decrypt(sealed[:NONCE], sealed[NONCE:], None)
    except InvalidTag as wrong:
        raise NotReady(
            "a correction cannot be read: it was written under another secrets/token-key; restore that file"
        ) from wrong
    return from_json(of, text, where="a sealed correction")


def cell(secret: bytes, dataset: str, column: str, key: Sequence[str]) -> str:
    """The token of one cell, 32 hex digits: the same cell has the same, and nobody without the secret can make it."""
    told = f"cell\n{dataset}\n{column}\n{JOINT.join(key)}"
    return hmac.digest(secret, told.encode(), "sha256")[: tokens.SIZE].hex()


def _key(secret: bytes) -> bytes:
    return hmac.digest(secret, b"corrections at rest", "sha256")
