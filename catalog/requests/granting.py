"""The grant that a request ends in: what was asked for, less what was refused and what the contract does not share."""

from datetime import datetime, time, timedelta

from schemas.access import Grant
from schemas.dataset import Dataset
from schemas.errors import BadInput
from schemas.journey import SHANGHAI
from schemas.request_want import Request
from schemas.sharing_condition import condition_of


def fits(request: Request, dataset: Dataset) -> bool:
    """Whether the dataset's own condition allows what was asked: it may have been asked of another, or of nobody."""
    want, stated = request.want, condition_of(dataset)
    shared = {field.name for field in dataset.fields if field.shareable}
    placed = not want.divisions or want.scope in dataset.scopes()
    return (
        placed and _purpose_stated(request, dataset) and set(want.modes) <= {*stated.modes} and {*want.items} <= shared
    )


def check(request: Request, dataset: Dataset) -> None:
    """BadInput where nothing of what was asked may be given by the condition that the contract states now."""
    stated = condition_of(dataset)
    if not _purpose_stated(request, dataset):
        raise BadInput(
            f"purpose: found {request.want.purpose}, but {dataset.key} is shared for {', '.join(stated.purposes)} "
            "alone; refuse the request, or say that it is not held"
        )
    if not set(request.want.modes) & set(stated.modes):
        raise BadInput(
            f"modes: found {', '.join(request.want.modes)}, but {dataset.key} is shared by "
            f"{', '.join(stated.modes) or 'none'} alone; refuse the request, or say that it is not held"
        )


def _purpose_stated(request: Request, dataset: Dataset) -> bool:
    return not dataset.purposes or request.want.purpose in dataset.purposes


def grant_for(request: Request, dataset: Dataset, now: datetime) -> Grant:
    """Without a number yet; BadInput where its period is over already, or the condition allows nothing of it."""
    want = request.want
    check(request, dataset)
    if want.start is None or want.end is None:
        raise BadInput(f"{request.number} names no period")
    start = max(datetime.combine(want.start, time(), SHANGHAI), now)
    end = datetime.combine(want.end + timedelta(days=1), time(), SHANGHAI)
    if not start < end:
        raise BadInput(f"the period of {request.number} ended on {want.end}; ask again for another one")
    given = request.items
    return Grant(
        number="",
        dataset=dataset.key,
        organisation=request.requester,
        purpose=want.purpose,
        modes=tuple(mode for mode in want.modes if mode in condition_of(dataset).modes),
        columns=tuple(field.name for field in dataset.fields if field.name in given),
        transforms=dict(request.transforms),
        divisions=want.divisions,
        scope=want.scope if want.divisions else None,
        start=start,
        end=end,
        basis=want.basis,
        signature=request.signature,
        request=request.number,
        proving=True,
        retention_days=want.retention_days,
    )
