"""Accessibility 可访问性 from the serving side: the share of asks whose answer did not break by our fault."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from catalog.ledger.book import Ledger
from schemas.dataset import Json

ASKED = "asked"
FAILED = "failed"
"""Event of a receipt that says: the answer to an earlier receipt was broken by our fault."""
DAYS = 30
MOST = 20_000
"""Receipts that are looked at, newest first: the ledger has no index but its order."""


def failure(receipt: str, dataset: str, code: str) -> dict[str, Json]:
    """Body of a receipt that an answer failed: which one, of which dataset, and the kind of error. Nobody's name."""
    return {"event": FAILED, "of": receipt, "dataset": dataset, "code": code}


def accessibility(ledger: Ledger, now: datetime) -> Mapping[str, float]:
    """Dataset -> share of its asks of the last 30 days that were answered, a refusal being an answer too.

    Datasets that nobody asked for are absent.
    """
    asked: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for text in ledger.bodies_since(now - timedelta(days=DAYS), MOST):
        body = json.loads(text)
        counted = {ASKED: asked, FAILED: failed}.get(body.get("event"))
        if counted is not None and body.get("dataset"):
            counted[body["dataset"]] += 1
    return {key: max(0.0, 1 - failed[key] / number) for key, number in asked.items()}
