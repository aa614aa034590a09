"""What is sealed opens only whole, for whom it was made, and in time."""

import base64
from datetime import timedelta

import pytest

from api.seal import Seal
from schemas.errors import BadAsk
from tests.builders import NOW

SEAL = Seal(b"k" * 32)
LATER = NOW + timedelta(hours=1)


def test_a_sealed_text_opens_for_the_same_purpose_and_bond() -> None:
    sealed = SEAL.close({"n": 7}, purpose="cursor", bound=["tengzhou"], until=LATER)
    assert SEAL.open(sealed, purpose="cursor", bound=["tengzhou"], now=NOW) == {"n": 7}


@pytest.mark.parametrize(
    ("purpose", "bound", "hours"), [("login", ["tengzhou"], 0), ("cursor", ["laiwu"], 0), ("cursor", ["tengzhou"], 2)]
)
def test_it_opens_for_nothing_and_nobody_else_and_not_for_ever(purpose: str, bound: list[str], hours: int) -> None:
    sealed = SEAL.close({"n": 7}, purpose="cursor", bound=["tengzhou"], until=LATER)
    with pytest.raises(BadAsk):
        SEAL.open(sealed, purpose=purpose, bound=bound, now=NOW + timedelta(hours=hours))


def test_every_altered_character_is_noticed() -> None:
    sealed = SEAL.close({"n": 7}, purpose="cursor", bound=None, until=LATER)
    for place, letter in enumerate(sealed[:-1]):
        other = sealed[:place] + ("A" if letter != "A" else "B") + sealed[place + 1 :]
        with pytest.raises(BadAsk):
            SEAL.open(other, purpose="cursor", bound=None, now=NOW)


def test_nobody_reads_what_is_sealed() -> None:
    one, other = (SEAL.close({"g": n}, purpose="cursor", bound=None, until=LATER) for n in (1, 2))
    raw = [base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in (one, other)]
    assert all(b"{" not in text[:40] and b'"g"' not in text for text in raw)
    assert sum(a != b for a, b in zip(*raw, strict=True)) > len(raw[0]) / 2
    assert SEAL.close({"g": 1}, purpose="cursor", bound=None, until=LATER) == one


@pytest.mark.parametrize("text", ["", "A", "AA", "A" * 43, "A" * 5000, "=", "\0", "滕州", "a.b"])
def test_what_is_no_sealed_text_is_a_bad_ask(text: str) -> None:
    with pytest.raises(BadAsk, match="cursor"):
        SEAL.open(text, purpose="cursor", bound=None, now=NOW)


def test_a_key_never_prints() -> None:
    assert "kkkk" not in repr(SEAL)
