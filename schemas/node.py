"""Nodes that know each other: cards that are exchanged by hand, and signed messages between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.dataset import Grade, Json


class Relation(StrEnum):
    """What another node is to this one."""

    SUPERIOR = "superior"
    """Catalogues go up to it; requests come down from it."""
    SUBORDINATE = "subordinate"
    """Its catalogue comes up; requests go down to it."""


class Kind(StrEnum):
    """What a message is about."""

    CATALOGUE = "catalogue"
    """A part of the sender's whole catalogue, upwards."""
    REQUEST = "request"
    """An organisation at the sender asks for a dataset of the receiver's, downwards."""
    STATE = "state"
    """How such a request stands, and the grant's number once there is one, upwards."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a node says of itself; signed with its own key, and believed because it is handed over by hand."""

    name: str
    division: str
    """12 digits: it vouches for organisations within it, and for no others."""
    url: str
    """Where its API answers; empty: it is reached by files alone."""
    key: str
    """Public key of its messages, as a C2SP verifier key; its name is the node's id."""
    ledger_key: str
    """Public key of its ledger."""

    @property
    def id(self) -> str:
        """`yishu/<12 hex digits>/node/1`."""
        return self.key.partition("+")[0]


@dataclass(frozen=True, slots=True)
class Node:
    """Another node that the operator of this one has registered."""

    card: Card
    relation: Relation
    clearance: Grade
    """The most that a system which it vouches for is cleared for here."""
    active: bool
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message. The same id is acted on once, however often it comes."""

    id: str
    sender: str
    recipient: str
    kind: Kind
    at: datetime
    body: Mapping[str, Json]
