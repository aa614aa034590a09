"""The encrypted form of a file: opens with its key alone, and not at all once anything about it was changed."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as Engine
from cryptography.hazmat.primitives.ciphers import algorithms, modes

from connectors.outbox.cipher import MAGIC, SALT, SEGMENT, TAG, encrypted, key_of
from schemas.connection import Connection
from schemas.errors import NotReady
from schemas.subscription import Cipher
from tests.opening import EXAMPLE, opened

KEYS = {Cipher.AES_256_GCM: bytes(range(32)), Cipher.SM4_GCM: bytes(range(16))}
HEAD = len(MAGIC) + 1 + SALT
REFUSED = (InvalidTag, ValueError, SystemExit)
CHANCE = bytes(range(100, 132))


def sealed(plain: bytes, cipher: Cipher, piece: int = 300_000) -> bytes:
    pieces = (plain[n : n + piece] for n in range(0, len(plain), piece))
    return b"".join(encrypted(pieces, cipher, KEYS[cipher], CHANCE))


@pytest.mark.parametrize("cipher", KEYS)
@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT])
def test_what_was_encrypted_opens(cipher: Cipher, size: int) -> None:
    plain = bytes(n % 251 for n in range(1000)) * (size // 1000 + 1)
    text = sealed(plain[:size], cipher)
    segments = max(1, -(-size // SEGMENT))
    assert len(text) == HEAD + size + segments * TAG
    assert opened(text, KEYS[cipher]) == plain[:size]


@pytest.mark.parametrize("cipher", KEYS)
def test_whatever_is_altered_moved_or_left_out_does_not_open(cipher: Cipher) -> None:
    text = sealed(bytes(SEGMENT * 2 + 10), cipher)
    whole = SEGMENT + TAG
    first, second, last = text[HEAD : HEAD + whole], text[HEAD + whole : HEAD + 2 * whole], text[HEAD + 2 * whole :]
    head = text[:HEAD]
    flipped = bytearray(text)
    flipped[HEAD + 5] ^= 1
    other_salt = bytearray(text)
    other_salt[len(MAGIC) + 1] ^= 1
    wrong = (
        *(bytes(flipped), bytes(other_salt), head + second + first + last, head + first + last, head + first + second),
        *(head + first, head, text[:-1], text + b"x", text + last, head + last),
    )
    for one in wrong:
        with pytest.raises(REFUSED):
            opened(one, KEYS[cipher])


def test_one_cipher_does_not_open_the_other() -> None:
    text = sealed(b"plain", Cipher.SM4_GCM)
    for key in (KEYS[Cipher.AES_256_GCM], bytes(16)):
        with pytest.raises(REFUSED):
            opened(text, key)


def test_sm4_in_gcm_is_the_one_of_rfc_8998() -> None:
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    plain = b"".join(bytes([one]) * 8 for one in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    engine = Engine(algorithms.SM4(key), modes.GCM(bytes.fromhex("00001234567800000000ABCD"))).encryptor()
    engine.authenticate_additional_data(bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"))
    assert engine.update(plain) + engine.finalize() == bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    )
    assert engine.tag == bytes.fromhex("83DE3541E4C2B58177E065A9BF7B62EC")


@pytest.mark.parametrize("cipher", KEYS)
def test_the_recipients_program_opens_it_and_leaves_nothing_of_a_file_that_was_cut(
    cipher: Cipher, tmp_path: Path
) -> None:
    plain = bytes(range(256)) * 5000
    for text, status in ((sealed(plain, cipher), 0), (sealed(plain, cipher)[: HEAD + SEGMENT + TAG], 1)):
        (tmp_path / "sealed.yse").write_bytes(text)
        (tmp_path / "plain").unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, EXAMPLE, tmp_path / "sealed.yse", tmp_path / "plain"],
            input=base64.b64encode(KEYS[cipher]), capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        assert (tmp_path / "plain").exists() == (status == 0)
    assert EXAMPLE.exists()


def test_no_more_than_a_few_segments_are_held_at_once() -> None:
    taken = count()

    def pieces() -> Iterator[bytes]:
        while True:
            next(taken)
            yield bytes(SEGMENT)

    leaving = encrypted(pieces(), Cipher.SM4_GCM, KEYS[Cipher.SM4_GCM], CHANCE)
    for _ in range(4):
        next(leaving)
    assert next(taken) <= 5


@pytest.mark.parametrize("password", ["", "short", "!!!", "MDEyMw=="])
def test_a_key_of_another_length_is_refused_without_telling_it(password: str) -> None:
    with pytest.raises(NotReady, match="16 bytes in base64") as told:
        key_of(Connection("their_key", "generic", password=password), Cipher.SM4_GCM)
    assert not password or password not in str(told.value)
