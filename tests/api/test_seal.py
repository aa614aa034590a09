"""What is sealed opens only whole, for whom it was made, and in time."""

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


def test_a_key_never_prints() -> None:
    assert "kkkk" not in repr(SEAL)
