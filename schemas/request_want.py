"""What a request asks for, what is answered to it, and the request itself with its history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from schemas.access import Mode
from schemas.dataset import Json, ScopeRole, Transform
from schemas.errors import BadInput
from schemas.request import Action, State

LONGEST = 1000
"""Characters of one text."""


@dataclass(frozen=True, slots=True)
class Want:
    """Which items of which dataset (or which data that no dataset is known for), for what, of where, until when."""

    dataset: str = ""
    """Its key; empty for a demand 需求."""
    demand: str = ""
    """In words what is needed, where no dataset is named."""
    items: tuple[str, ...] = ()
    """Names of the dataset's fields; for a demand what the items are called."""
    purpose: str = ""
    basis: str = ""
    """Legal basis 使用依据, as a citation."""
    scenario: str = ""
    """The business it is used in 应用场景."""
    divisions: tuple[str, ...] = ()
    """12 digits each; empty: every row."""
    scope: ScopeRole | None = None
    """Which role of place the divisions speak of."""
    modes: tuple[Mode, ...] = ()
    start: date | None = None
    end: date | None = None
    """The last day."""
    retention_days: int = 0
    """How long the recipient keeps what it read."""
    security: str = ""
    """Security measures 安全措施."""
    case_system: str = ""
    """The business system 业务系统 in which the cases are worked."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that keeps a request from being taken up."""

    field: str
    """A field of `Want`, or `dataset.item` style name of what is meant."""
    code: str
    """A code of `request_reasons.DEFECTS`."""
    found: str = ""
    """What was found, or in words what is to be mended."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One act on a request, with whatever it needs; the rest stays empty."""

    action: Action
    reason: str = ""
    """Of a refusal, a suspension or a revocation: a code of a closed list."""
    said: str = ""
    document: str = ""
    """Citation or number of the document that it stands on: law of a refusal, signature of the authority."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Of an approval: item -> reason, for the items that are not given. All others are."""
    transforms: Mapping[str, Transform] = field(default_factory=dict)
    """Of an approval: item -> how it leaves, where the catalogue's condition allows to ask for that."""
    conditions: tuple[str, ...] = ()
    """Of an approval: clauses of the catalogue's sharing condition that are recalled."""
    dataset: str = ""
    """That meets a demand."""
    items: tuple[str, ...] = ()
    """Of that dataset, in the place of the names of the demand."""
    organisation: str = ""
    """That is assigned a duty."""
    defects: tuple[Defect, ...] = ()
    want: Want | None = None
    """Of saving: what is asked for now."""
    version: int = 0
    """The version of the request that was looked at; 0: whatever it is."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it stands."""

    number: str
    """`SQ-<year>-<6 digits>`."""
    state: State
    want: Want
    requester: str
    """Credit codes, of this and of the next three; empty where there is none (yet)."""
    provider: str
    authority: str
    superior: str
    created_at: datetime
    moved_at: datetime
    version: int = 1
    """Counts its moves."""
    submitted_at: datetime | None = None
    returned: int = 0
    """How often it was returned: once at most."""
    outcome: str = ""
    """approved, partial, refused; empty before the provider's answer."""
    reason: str = ""
    said: str = ""
    document: str = ""
    """Of the last refusal or ending."""
    defects: tuple[Defect, ...] = ()
    """Of its return."""
    refused: Mapping[str, str] = field(default_factory=dict)
    transforms: Mapping[str, Transform] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    signature: str = ""
    """Document by which the data administration signed for the linkage risk."""
    grant: str = ""
    """Number of the grant that was made for it."""
    ends_at: datetime | None = None
    """Of that grant."""
    title: str = ""
    """Of its dataset, or the beginning of the demand: what lists show."""
    title_en: str = ""

    @property
    def items(self) -> tuple[str, ...]:
        """The items that are given."""
        return tuple(name for name in self.want.items if name not in self.refused)


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a request, as its history shows it."""

    at: datetime
    action: str
    state: State
    """After it."""
    organisation: str = ""
    """Who acted; empty for the platform."""
    system: str = ""
    person: str = ""
    post: str = ""
    reason: str = ""
    said: str = ""
    body: Mapping[str, Json] = field(default_factory=dict)
    """What else the act said, by the names of `Answer`."""
    receipt: str = ""


class Incomplete(BadInput):
    """A request cannot be submitted: every defect at once, so that it is mended once."""

    code = "INCOMPLETE"

    def __init__(self, defects: tuple[Defect, ...], request: str) -> None:
        self.defects = defects
        self.request = request
        """Number of the draft, which is kept."""
        told = "; ".join(f"{one.field}: {one.code}{' ' + one.found if one.found else ''}" for one in defects)
        super().__init__(f"{len(defects)} defects, all of them: {told}")
