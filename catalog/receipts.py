"""What a receipt says of a decision: who, what, on what basis, what was answered. No rows, no ids, no filter values."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from schemas.access import Decision
from schemas.dataset import Json
from schemas.journey import SHANGHAI


def body(decision: Decision, secret: bytes, extra: Mapping[str, Json]) -> dict[str, Json]:
    """The receipt's body. Case numbers, subject keys and filters are keyed digests; `extra` adds, never replaces."""
    ask, subject = decision.ask, decision.ask.subject
    told: dict[str, Json] = {
        "event": "asked",
        "system": subject.system,
        "credential": subject.credential,
        "person": subject.person,
        "organisation": subject.organisation,
        "division": subject.division,
        "dataset": ask.dataset,
        "version": decision.version,
        "moment": ask.moment.astimezone(SHANGHAI).isoformat(),
        "mode": ask.mode.value,
        "purpose": ask.purpose,
        "basis": decision.basis.value if decision.basis else "",
        "grant": decision.grant or ask.grant,
        "allowed": decision.allowed,
        "code": decision.code,
        "gate": decision.gate,
        "columns": {column.name: column.transform.word for column in decision.served} if decision.allowed else {},
        "asked_division": ask.division,
        "scope": _scope(decision, secret),
        "case": digest(secret, "case", ask.case),
        "subject": digest(secret, "subject", dict(ask.key) if ask.key else ""),
        "filter": digest(secret, "filter", ask.filter),
    }
    return dict(extra) | told


def _scope(decision: Decision, secret: bytes) -> Json:
    rows = decision.rows
    if rows is None:
        return None
    return {
        "column": rows.column,
        "divisions": list(rows.divisions),
        "at": rows.at.isoformat(),
        "keys": digest(secret, "keys", list(rows.keys) if rows.keys is not None else ""),
        "filter": digest(secret, "filter", rows.filter),
    }


def digest(secret: bytes, what: str, value: Json) -> str:
    """Empty for nothing; else a digest that only this installation can compare."""
    if value in (None, "", [], {}):
        return ""
    text = json.dumps(value, sort_keys=True, default=str)
    return hmac.new(secret, f"{what}\n{text}".encode(), hashlib.sha256).hexdigest()
