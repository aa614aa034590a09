"""Following 关注: an organisation wants to hear of a dataset, of a data element, or of all that a department shares."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.errors import BadInput


class Followed(StrEnum):
    """What is followed."""

    DATASET = "dataset"
    """One dataset: each new version, each new contract."""
    ELEMENT = "element"
    """Every dataset with a field that is this data element: that it is there, and each new contract."""
    DEPARTMENT = "department"
    """Every dataset of a department: that it is there, and each new contract."""


MAILBOX = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?@(?P<domain>[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?)"
)
"""A plain address: no display name, no quotes, nothing that could begin another header."""


@dataclass(frozen=True, slots=True)
class Follow:
    """One follow of one organisation. Its inbox hears of everything; e-mail and webhook are besides."""

    id: int
    organisation: str
    system: str
    person: str
    followed: Followed
    what: str
    """Key of the dataset, id of the element, or department: the first part of its datasets' keys."""
    made_at: datetime
    email: str = ""
    url: str = ""
    """Of the webhook."""
    salt: str = ""
    """Hex; the secret that the webhook is signed with is made of it and the installation's own."""


class ErrandState(StrEnum):
    """What has become of one word that is to be sent outside."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    """The follow has ended, or its organisation may not know of the dataset any more."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One word on its way to a mailbox or a webhook; its id stays the same however often it is sent."""

    id: int
    follow: int
    dataset: str
    about: str
    subject: str
    subject_en: str
    state: ErrandState
    tries: int
    next_at: datetime
    created_at: datetime


def mailbox(text: str, domains: tuple[str, ...]) -> str:
    """The address, if mail may go there; BadInput says which domains there are. `*.gov.cn` stands for all below."""
    if not domains:
        raise BadInput("email: this installation sends none; its operator sets YISHU_MAIL_DOMAINS")
    found = MAILBOX.fullmatch(text)
    domain = found["domain"] if found else ""
    if not any(domain == one or (one.startswith("*.") and domain.endswith(one[1:])) for one in domains):
        raise BadInput(f"email: found {text[:80]!r}, expected name@domain, the domain one of {', '.join(domains)}")
    return text
