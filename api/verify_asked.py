"""What a verify says in its body, and the asks that it becomes: one for each subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StringConstraints

from api.caller import Call
from api.verify_compared import Values, expected
from api.wanted import AccessQuery, make_ask
from schemas.access import Ask, Mode
from schemas.dataset import Dataset, Json
from schemas.errors import BadAsk

MOST = 100
"""Subjects of one ask."""
Short = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(strict=True, max_length=4000)]
Key = Annotated[dict[Short, Short], Field(max_length=16)]
Expected = Annotated[dict[Short, Text | StrictBool | StrictInt | StrictFloat], Field(min_length=1, max_length=16)]


class Wanted(BaseModel):
    """Which subject or subjects, for which case and purpose, and in which form the answer is wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: Short = Field(description="Purpose of use, from the closed list")
    case: Short = Field(description="Number of the case that needs it; kept as a digest only")
    subject: Key | None = Field(
        None, description="Every field of the dataset's subject key, or else of its primary key, with its value"
    )
    subjects: list[Key] | None = Field(
        None, min_length=1, max_length=MOST, description="Several subjects instead of one, answered in this order"
    )
    columns: list[Short] = Field(
        [], max_length=500, description="Names of columns; all that you may have when left out"
    )
    expect: Expected | Annotated[list[Expected], Field(min_length=1, max_length=MOST)] | None = Field(
        None,
        description="Values by column: the answer says only which of them the record has. For several subjects a list",
    )
    prefill: bool = Field(False, description="True names title, data element and transform of each column")
    grant: Short = Field("", description="Number of the grant to use; needed where several fit")

    @property
    def keys(self) -> Sequence[Mapping[str, str]]:
        """The subjects, of either form."""
        if self.subjects is not None:
            return self.subjects
        return [self.subject] if self.subject is not None else []


@dataclass(frozen=True, slots=True)
class Asked:
    """One ask for each subject, alike in all else, and the values that each is compared with."""

    asks: tuple[Ask, ...]
    expected: tuple[Values, ...]
    """Empty where values are served."""


def asked(call: Call, dataset: Dataset, wanted: Wanted) -> Asked:
    """BadAsk where the words of the body do not fit each other or the dataset."""
    if (wanted.subject is None) is (wanted.subjects is None):
        raise BadAsk("expected either subject or subjects, and not both")
    names = dataset.subject_fields
    if any(set(key) != set(names) for key in wanted.keys):
        raise BadAsk(f"subject: expected the key fields {', '.join(names)} and no others")
    told = _expects(wanted)
    columns = sorted(told[0]) if told else wanted.columns
    if any(sorted(one) != columns for one in told):
        raise BadAsk("expect: expected the same columns for every subject")
    values = tuple(expected(dataset, one) for one in told)
    query = AccessQuery.model_validate({"purpose": wanted.purpose, "grant": wanted.grant, "columns": ",".join(columns)})
    plain = make_ask(query, call.subject, dataset, Mode.VERIFY, call.now)
    each = replace(plain, case=wanted.case, reads=len(wanted.keys))
    compared: Sequence[Mapping[str, Json] | None] = told or [None] * len(wanted.keys)
    asks = tuple(replace(each, key=key, compared=one) for key, one in zip(wanted.keys, compared, strict=True))
    return Asked(asks, values)


def _expects(wanted: Wanted) -> list[Expected]:
    """The expectations, one for each subject; none where values are served."""
    if wanted.expect is None:
        return []
    if wanted.columns or wanted.prefill:
        raise BadAsk("expect serves no values: leave out columns and prefill")
    several = isinstance(wanted.expect, list)
    told = wanted.expect if isinstance(wanted.expect, list) else [wanted.expect]
    if several is not (wanted.subjects is not None) or len(told) != len(wanted.keys):
        raise BadAsk("expect: expected an object for subject, and for subjects a list with one for each")
    return told
