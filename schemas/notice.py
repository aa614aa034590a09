"""A notice to an organisation: what happened, as data; the pages put it into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from schemas.dataset import Json


class About(StrEnum):
    """Kinds of notices."""

    CONTRACT_BREAKS = "contract_breaks"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_REOPENED = "incident_reopened"
    INCIDENT_OVERDUE = "incident_overdue"
    INDICATOR_CROSSED = "indicator_crossed"
    DATASET_OVERDUE = "dataset_overdue"
    DELIVERY_FAILING = "delivery_failing"
    DELIVERY_REFUSED = "delivery_refused"
    REQUEST_WAITS = "request_waits"
    REQUEST_MOVED = "request_moved"
    GRANT_EXPIRING = "grant_expiring"
    DATA_RETURNED = "data_returned"
    FOLLOWED_NEW = "followed_new"
    FOLLOWED_CONTRACT = "followed_contract"
    FOLLOWED_VERSION = "followed_version"
    CLOCK_DUE_SOON = "clock_due_soon"
    CLOCK_OVERDUE = "clock_overdue"
    CLOCK_ESCALATED = "clock_escalated"
    CLOCK_MOVED = "clock_moved"
    EXEMPTION_ASKED = "exemption_asked"
    EXEMPTION_DECIDED = "exemption_decided"
    CORRECTION_OPENED = "correction_opened"
    CORRECTION_MOVED = "correction_moved"
    CORRECTION_TOLD = "correction_told"
    ENTRY_ENDS = "entry_ends"
    SOURCE_CHANGED = "source_changed"
    CONFIRMATION_WAITS = "confirmation_waits"
    CONFIRMATION_DECIDED = "confirmation_decided"


OF_INCIDENTS = (About.INCIDENT_OPENED, About.INCIDENT_REOPENED, About.INCIDENT_OVERDUE)
"""Those whose incident stands in the inbox itself."""
OF_MATTERS = (About.CONFIRMATION_WAITS,)
"""Those whose matter does."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice; the same cause tells an organisation once."""

    recipient: str
    """Unified social credit code."""
    about: About
    dataset: str
    cause: str
    """What brought it about, unique for the recipient, e.g. `incident 17 opened`."""
    subject: str
    subject_en: str
    created_at: datetime
    body: Mapping[str, Json] = field(default_factory=dict)
    id: int = 0
    read_at: datetime | None = None
