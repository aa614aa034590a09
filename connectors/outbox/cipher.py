"""Encrypts a file piece by piece, so that neither side holds it whole and no part can be altered, moved or left out.

Form: `YSE1`, one byte of the cipher, 32 bytes of salt; then segments of 1 MiB, each with its tag of 16 bytes. The
key of the file is HKDF (RFC 5869) of the shared key over that salt, with the first five bytes as `info`. The nonce of
a segment is its number (8 bytes, big-endian), three bytes of zero and one that is 1 for the last segment, 0 before:
the STREAM of Hoang, Reyhanitabar, Rogaway and Vizár (2015). A file cut at a segment does not open.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher as Engine
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.connection import Connection
from schemas.errors import NotReady
from schemas.subscription import Cipher

MAGIC = b"YSE1"
SALT = 32
TAG = 16
SEGMENT = 1 << 20
"""Bytes of plain text in a segment."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One cipher with what goes with it."""

    number: int
    key: int
    """Bytes of the key."""
    block: Callable[[bytes], algorithms.AES | algorithms.SM4]
    hash: Callable[[], hashes.HashAlgorithm]


SUITES = {
    Cipher.AES_256_GCM: Suite(1, 32, algorithms.AES, hashes.SHA256),
    Cipher.SM4_GCM: Suite(2, 16, algorithms.SM4, hashes.SM3),
}


def key_of(connection: Connection, cipher: Cipher) -> bytes:
    """The key that is a connection's password, in base64; NotReady where it is none of that length."""
    wanted = SUITES[cipher].key
    try:
        key = base64.b64decode(connection.password, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != wanted:
        raise NotReady(f"connection {connection.id}: expected as password {wanted} bytes in base64, for {cipher.value}")
    return key


def encrypted(pieces: Iterator[bytes], cipher: Cipher, key: bytes, salt: bytes) -> Iterator[bytes]:
    """The pieces as a file of the form above; `salt` are 32 random bytes that no other file has."""
    suite = SUITES[cipher]
    head = MAGIC + bytes([suite.number])
    own = _derived(suite, key, salt, head)
    yield head + salt
    number, waiting = 0, bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) > SEGMENT:
            yield _sealed(suite, own, number, bytes(waiting[:SEGMENT]), last=False)
            del waiting[:SEGMENT]
            number += 1
    yield _sealed(suite, own, number, bytes(waiting), last=True)


def _derived(suite: Suite, key: bytes, salt: bytes, head: bytes) -> bytes:
    return HKDF(algorithm=suite.hash(), length=suite.key, salt=salt, info=head).derive(key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(8, "big") + bytes(3) + bytes([last])


def _sealed(suite: Suite, key: bytes, number: int, plain: bytes, *, last: bool) -> bytes:
    engine = Engine(suite.block(key), modes.GCM(_nonce(number, last=last))).encryptor()
    return engine.update(plain) + engine.finalize() + engine.tag
