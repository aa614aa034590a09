"""Under which tokens receipts are found again: their subject's, their organisation's, that of the answer they close."""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from schemas.dataset import Dataset

SIZE = 16
MOMENT, SEAL = 4, 12
"""Bytes of a credential after the token: when it ends, and what shows that it was made here."""
CREDENTIAL = re.compile(f"[0-9a-f]{{{2 * (SIZE + MOMENT + SEAL)}}}")
WORN = ("resident_id", "credit_code")
"""Data elements that name a subject in every dataset alike."""


def of_subject(secret: bytes, kind: str, identifier: str) -> str:
    """The token of a person or an enterprise, 32 hex digits: whoever holds it may see who asked about them.

    Without the installation's key nobody can make it from an identifier, nor test one.
    """
    told = (identifier if identifier.isascii() else unicodedata.normalize("NFKC", identifier)).strip().upper()
    return hmac.digest(secret, f"trace\n{kind}\n{told}".encode(), "sha256")[:SIZE].hex()


def of_key(secret: bytes, dataset: Dataset, key: Mapping[str, object]) -> str:
    """The token of the subject that a verify names; one and the same over all datasets that name it by its number."""
    elements = {one.name: one.element for one in dataset.fields}
    for name, value in key.items():
        if elements.get(name) in WORN:
            return of_subject(secret, str(elements[name]), str(value))
    return of_subject(secret, dataset.key, json.dumps({k: str(v) for k, v in key.items()}, sort_keys=True))


def credential(secret: bytes, token: str, until: datetime) -> str:
    """What the subject of a token holds: it opens that one trace until then, and nothing else. 64 hex digits."""
    told = bytes.fromhex(token) + int(until.timestamp()).to_bytes(MOMENT, "big")
    return (told + _seal(secret, told)).hex()


def opened(secret: bytes, text: str, now: datetime) -> str | None:
    """The token that a credential opens; None where it was not made here, was altered, or has run out."""
    if not CREDENTIAL.fullmatch(text):
        return None
    whole = bytes.fromhex(text)
    told, seal = whole[:-SEAL], whole[-SEAL:]
    if not hmac.compare_digest(seal, _seal(secret, told)):
        return None
    return told[:SIZE].hex() if now.timestamp() < int.from_bytes(told[SIZE:], "big") else None


def _seal(secret: bytes, told: bytes) -> bytes:
    return hmac.digest(secret, b"credential of a trace\n" + told, "sha256")[:SEAL]


def about_subject(token: str) -> bytes:
    """How the ledger keeps it: whoever reads the database cannot ask with what stands there."""
    return _kept("subject", token)


def about_organisation(credit_code: str) -> bytes:
    """Of whoever asked."""
    return _kept("organisation", credit_code)


def about_receipt(number: str) -> bytes:
    """Of the receipt whose answer this one closes."""
    return _kept("receipt", number)


def about_dataset(dataset: str) -> bytes:
    """Of what was asked for, answered or refused: for who owns it."""
    return _kept("dataset", dataset)


def about_version(dataset: str, version: int) -> bytes:
    """Of a version of which many rows were read."""
    return _kept("version", f"{dataset}\n{version}")


def about_return(dataset: str, credit_code: str) -> bytes:
    """Of rows that came back to the organisation that collected them."""
    return _kept("return", f"{dataset}\n{credit_code}")


def about_erasures() -> bytes:
    """Of the receipts that say which bodies are gone: they are never erased themselves."""
    return _kept("erasures", "")


def about_deeds() -> bytes:
    """Of all deeds, so that one whose words are gone is noticed."""
    return _kept("deeds", "")


def _kept(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\n{text}".encode()).digest()[:SIZE]
