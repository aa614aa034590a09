"""The grant that a request ends in: what was asked for, less what was refused, for the period asked for."""

from datetime import datetime, time, timedelta

from schemas.access import Grant
from schemas.dataset import Dataset
from schemas.errors import BadInput
from schemas.journey import SHANGHAI
from schemas.request_want import Request


def grant_for(request: Request, dataset: Dataset, now: datetime) -> Grant:
    """Without a number yet; BadInput where its period is over already."""
    want = request.want
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
        modes=want.modes,
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
