"""What a receipt says of a decision: who, what, on what basis, what was answered. No rows, no ids, no filter values."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence

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
    if decision.rows is not None and decision.rows.consents is not None:
        told["consents"] = decision.rows.consents
    if ask.compared is not None:
        told["compared"] = _compared(decision, secret)
    return dict(extra) | told


def several(decisions: Sequence[Decision], secret: bytes) -> dict[str, Json]:
    """What one receipt says of several subjects: how many, what was decided, and the keyed digest of each."""
    refused = Counter(one.code for one in decisions if not one.allowed)
    facts: dict[str, Json] = {
        "asked": len(decisions),
        "refused": dict(refused),
        "digests": [digest(secret, "subject", dict(one.ask.key or {})) for one in decisions],
    }
    if decisions[0].ask.compared is not None:
        facts["compared"] = [_compared(one, secret)["digest"] for one in decisions]
    consents = [one.rows.consents for one in decisions if one.rows is not None and one.rows.consents is not None]
    return {"subjects": facts | ({"consents": sum(consents)} if consents else {})}


def _compared(decision: Decision, secret: bytes) -> dict[str, Json]:
    told = dict(decision.ask.compared or {})
    return {"columns": sorted(told), "digest": digest(secret, "compared", told)}


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
