"""Under which tokens receipts are found again: their subject's, their organisation's, that of the answer they close."""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping

from schemas.dataset import Dataset

SIZE = 16
WORN = ("resident_id", "credit_code")
"""Data elements that name a subject in every dataset alike."""


def of_subject(secret: bytes, kind: str, identifier: str) -> str:
    """The token of a person or an enterprise, 32 hex digits: whoever holds it may see who asked about them.

    Without the installation's key nobody can make it from an identifier, nor test one.
    """
    told = unicodedata.normalize("NFKC", identifier).strip().upper()
    return hmac.new(secret, f"trace\n{kind}\n{told}".encode(), hashlib.sha256).digest()[:SIZE].hex()


def of_key(secret: bytes, dataset: Dataset, key: Mapping[str, object]) -> str:
    """The token of the subject that a verify names; one and the same over all datasets that name it by its number."""
    elements = {one.name: one.element for one in dataset.fields}
    for name, value in key.items():
        if elements.get(name) in WORN:
            return of_subject(secret, str(elements[name]), str(value))
    return of_subject(secret, dataset.key, json.dumps({k: str(v) for k, v in key.items()}, sort_keys=True))


def about_subject(token: str) -> bytes:
    """How the ledger keeps it: whoever reads the database cannot ask with what stands there."""
    return _kept("subject", token)


def about_organisation(credit_code: str) -> bytes:
    """Of whoever asked."""
    return _kept("organisation", credit_code)


def about_receipt(number: str) -> bytes:
    """Of the receipt whose answer this one closes."""
    return _kept("receipt", number)


def about_erasures() -> bytes:
    """Of the receipts that say which bodies are gone: they are never erased themselves."""
    return _kept("erasures", "")


def _kept(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\n{text}".encode()).digest()[:SIZE]
