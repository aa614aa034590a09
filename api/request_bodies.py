"""What is sent to `/requests`: what is asked for, and what an act says."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.access import Mode
from schemas.dataset import ScopeRole, Transform
from schemas.divisions import normalise
from schemas.errors import BadAsk
from schemas.request import MOVES, PLATFORM, Action
from schemas.request_check import MOST_ITEMS
from schemas.request_want import LONGEST, Answer, Defect, Want

Text = Annotated[str, StringConstraints(max_length=LONGEST, strip_whitespace=True)]
Word = Annotated[str, StringConstraints(max_length=128, strip_whitespace=True)]
Items = Annotated[list[Word], Field(max_length=MOST_ITEMS)]
Day = Annotated[date, Field(strict=False)]
HUMAN = tuple(
    action
    for action in Action
    if action is not Action.SAVE
    and any(a is action and m.by != PLATFORM for ms in MOVES.values() for a, m in ms.items())
)
"""What may be done by a call: all but what the platform does by rule."""
WORDS = {transform.word: transform for transform in Transform}


class Asking(BaseModel):
    """What is asked for; an incomplete one may be kept as a draft."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: Word = Field("", description="Key of the dataset; empty for a demand")
    demand: Text = Field("", description="In words what is needed, where no dataset is known")
    items: Items = Field(default_factory=list, description="Names of its fields; of a demand what the items are called")
    purpose: Word = Field("", description="A code of the closed list of purposes")
    basis: Text = Field("", description="Legal basis 使用依据")
    scenario: Text = Field("", description="The business it is used in 应用场景")
    divisions: list[Word] = Field(default_factory=list, max_length=500, description="Codes; none: every row")
    scope: ScopeRole | None = Field(None, description="Which role of place the divisions speak of")
    modes: list[Mode] = Field(default_factory=list, max_length=8)
    start: date | None = None
    end: date | None = Field(None, description="The last day")
    retention_days: int = Field(0, ge=0, le=99_999)
    security: Text = Field("", description="Security measures 安全措施")
    case_system: Text = Field("", description="The business system in which the cases are worked")
    submit: bool = Field(False, description="Submit it at once")
    version: int = Field(0, ge=0, description="Of the request as you saw it; 0: any")


class Mending(BaseModel):
    """One defect of the one list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Word
    code: Word
    found: Text = ""


class Acting(BaseModel):
    """What an act says; each takes what it needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Word = Field("", description="Of the closed list of refusals, or of suspensions and revocations")
    said: Text = ""
    document: Text = Field("", description="Law and article of a refusal; number of a signature or a decision")
    refused: dict[Word, Word] = Field(default_factory=dict, description="Item -> reason; every other item is given")
    transforms: dict[Word, Word] = Field(default_factory=dict, description="Item -> mask, token or bucket")
    conditions: list[Text] = Field(default_factory=list, max_length=50, description="Clauses of the sharing condition")
    dataset: Word = ""
    items: Items = Field(default_factory=list)
    organisation: Word = ""
    defects: list[Mending] = Field(default_factory=list, max_length=200)
    version: int = Field(0, ge=0, description="Of the request as you saw it; 0: any")


def want_of(told: Asking) -> Want:
    """In the words of the catalogue; codes that are no division's stay as they are, to be told as a defect."""
    return Want(
        dataset=told.dataset,
        demand=told.demand,
        items=tuple(dict.fromkeys(told.items)),
        purpose=told.purpose,
        basis=told.basis,
        scenario=told.scenario,
        divisions=tuple(dict.fromkeys(full(code) for code in told.divisions)),
        scope=told.scope,
        modes=tuple(dict.fromkeys(told.modes)),
        start=told.start,
        end=told.end,
        retention_days=told.retention_days,
        security=told.security,
        case_system=told.case_system,
    )


def full(code: str) -> str:
    """12 digits, as the tree has it."""
    try:
        return normalise(code)
    except ValueError:
        return code


def answer_of(action: Action, told: Acting) -> Answer:
    """In the words of the catalogue; BadAsk for a transform that there is not."""
    strange = [word for word in told.transforms.values() if word not in WORDS]
    if strange:
        raise BadAsk(f"transforms: found {strange[0][:40]!r}, expected one of {', '.join(WORDS)}")
    return Answer(
        action=action,
        reason=told.reason,
        said=told.said,
        document=told.document,
        refused=told.refused,
        transforms={item: WORDS[word] for item, word in told.transforms.items()},
        conditions=tuple(told.conditions),
        dataset=told.dataset,
        items=tuple(told.items),
        organisation=told.organisation,
        defects=tuple(Defect(one.field, one.code, one.found) for one in told.defects),
        version=told.version,
    )


def known_action(text: str) -> Action:
    """An act of people or systems; BadAsk lists them."""
    if text not in HUMAN:
        raise BadAsk(f"action: found {text[:40]!r}, expected one of {', '.join(HUMAN)}")
    return Action(text)
