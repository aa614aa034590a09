"""How a receipt is spelt: canonical JSON with its index first, and a number that nobody can guess."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from schemas.dataset import Json
from schemas.receipt import Receipt

INDEX = "#"
"""Key of a receipt's index in its body; it sorts before all others."""


def spelt(body: Mapping[str, Json], at: datetime, nonce: bytes) -> str:
    """The body without its index: keys sorted, no spaces, UTF-8.

    The nonce keeps an erased body from being guessed back from its hash. Half characters, which an asker may send and
    no database can hold, are replaced.
    """
    told = dict(body) | {"at": at.astimezone(UTC).isoformat(), "nonce": nonce.hex()}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def placed(text: str, index: int) -> str:
    """The same at its place in the log: this is what is hashed."""
    return f'{{"{INDEX}":{index},{text[1:]}'


def number_of(index: int, nonce: str) -> str:
    """The number that answers carry: 12 digits of the index, 20 that only the body tells."""
    return f"{index:012x}{hashlib.sha256(f'number {nonce}'.encode()).hexdigest()[:20]}"


def receipt(text: str, hashed: bytes) -> Receipt:
    """A receipt from its body as it stands in the log."""
    told: dict[str, Any] = json.loads(text)
    index = told.pop(INDEX)
    number = number_of(index, told["nonce"])
    return Receipt(index, number, datetime.fromisoformat(told["at"]), told, hashed.hex())
