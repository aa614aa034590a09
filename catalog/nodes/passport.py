"""Passports 跨域身份: a node vouches for one of its systems to one other node, signed, for some minutes."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from catalog import organisations
from catalog.ledger.signer import Signer
from catalog.nodes import envelope, register
from catalog.organisations import Organisation
from schemas.access import Subject
from schemas.dataset import Grade
from schemas.errors import BadInput, Unidentified, Unknown
from schemas.node import Node

PREFIX = "ysn_"
TYPE = "application/vnd.yishu.passport+json"
LIFE = timedelta(minutes=10)
LEEWAY = timedelta(seconds=60)
"""By how much two clocks may differ."""
LONGEST = 4096
WRONG = (ValueError, KeyError, TypeError, RecursionError, OverflowError, OSError)
"""What comes up where a word is not of its kind, or a moment is none."""
NOT_VALID = "this passport is not valid: not of a node registered here, not for this node, altered, or run out"


@dataclass(frozen=True, slots=True)
class Passport:
    """What it says; whoever reads it has looked at its signature."""

    node: Node
    system: str
    organisation: str
    clearance: Grade


def issue(subject: Subject, to: Node, key: Signer, now: datetime) -> str:
    """A passport for the asker's own system, for one node. Unidentified for who has none of ours."""
    if subject.public or not subject.credential_active or not subject.organisation_active:
        raise Unidentified("a passport is made for a registered system: send its credential")
    if subject.credential.startswith("node:"):
        raise Unidentified("a passport is made for systems of this node; this one came with a passport itself")
    told = {
        "node": key.origin,
        "for": to.card.id,
        "system": subject.system,
        "organisation": subject.organisation,
        "clearance": subject.clearance.word,
        "begins": int(now.timestamp()),
        "ends": int((now + LIFE).timestamp()),
    }
    sealed = envelope.sealed(json.dumps(told).encode(), TYPE, key)
    return PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def subject(connection: Connection, text: str, me: str, now: datetime) -> Subject:
    """Who asks with a passport, as they are registered here; Unidentified where it is not valid here now."""
    found = _read(connection, text, me, now)
    if not register.speaks_for(connection, found.node.card.id, found.organisation):
        raise Unidentified("the node does not speak for this organisation here; its operator may admit it")
    try:
        known = organisations.organisation(connection, found.organisation)
    except Unknown:
        raise Unidentified(NOT_VALID) from None
    return _subject(found, known)


def _subject(found: Passport, known: Organisation) -> Subject:
    short = found.node.card.id.split("/")[1]
    return Subject(
        system=f"{short}:{found.system}"[:64],
        organisation=known.credit_code,
        organisation_name=known.name,
        division=known.division,
        tier=known.tier,
        clearance=min(found.clearance, found.node.clearance),
        government=known.government,
        organisation_active=known.active,
        credential=f"node:{short}:{found.system}"[:64],
    )


def _read(connection: Connection, text: str, me: str, now: datetime) -> Passport:
    try:
        raw = text.removeprefix(PREFIX)[:LONGEST]
        sealed = base64.b64decode(raw + "=" * (-len(raw) % 4), altchars=b"-_", validate=True)
        node = register.active(connection, envelope.signer_of(sealed))
        if node is None:
            raise Unidentified(NOT_VALID)
        told = envelope.read(envelope.opened(sealed, TYPE, node.card.key))
        begins, ends = (datetime.fromtimestamp(told[name], now.tzinfo) for name in ("begins", "ends"))
        clearance = next(grade for grade in Grade if grade.word == told["clearance"])
        found = Passport(node, str(told["system"]), str(told["organisation"]), clearance)
        ours = told["node"] == node.card.id and told["for"] == me
    except (*WRONG, BadInput, binascii.Error, StopIteration) as wrong:
        raise Unidentified(NOT_VALID) from wrong
    timely = begins - LEEWAY <= now < ends and ends - begins <= LIFE
    if not ours or not timely or not found.system:
        raise Unidentified(NOT_VALID)
    return found
