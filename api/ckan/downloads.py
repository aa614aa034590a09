"""Addresses of rows for clients that fetch a resource without their credential: signed, of one dataset, short-lived.

frictionless asks the catalogue with a token and then downloads without one. Such an address opens what the credential
that it was made for may have at the moment of the download, no more, and is on record like any read; a credential that
was revoked meanwhile opens nothing.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from api.asked import Query, asked
from api.caller import Call, within_pace
from api.ckan.asking import TheActionCall
from api.formats import Format
from api.pages_of_rows import Place
from api.reading import Reading
from api.rows import answer
from api.seal import Seal
from api.sight import sought
from api.unsaid import ask_of
from api.wanted import Shape
from schemas.access import Mode, Subject
from schemas.dataset import Dataset, Sharing

LIVES = timedelta(minutes=15)
"""At least so long, at most twice: addresses of the same quarter of an hour are the same."""
router = APIRouter(prefix="/api/v1", tags=["ckan"])


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the addresses of one caller's resources."""

    base: str
    seal: Seal
    subject: Subject
    now: datetime

    def of(self, dataset: Dataset) -> str:
        """Where its rows are: plain for open data and for who has no credential, else signed."""
        plain = f"{self.base}/api/v1/datasets/{dataset.key}/rows"
        if dataset.sharing is Sharing.OPEN or not self.subject.credential:
            return f"{plain}?format=csv"
        said, until = self.subject.credential, _until(self.now)
        return f"{plain}.csv?signed={self.seal.close(said, purpose='download', bound=dataset.key, until=until)}"


def links(call: Call) -> Links:
    """Those of this call."""
    return Links(str(call.request.base_url).rstrip("/"), call.desk.seal, call.subject, call.now)


def _until(now: datetime) -> datetime:
    quarter = LIVES.total_seconds()
    return datetime.fromtimestamp((now.timestamp() // quarter + 2) * quarter, UTC)


class Signed(Query):
    """What such an address holds."""

    signed: str = Field(max_length=2000, description="Whose it is, sealed")


@router.get("/datasets/{key}/rows.csv", summary="Rows by a signed address, as CKAN's resources have it")
async def download(key: str, call: TheActionCall, wanted: Annotated[Signed, Depends(asked(Signed))]) -> Response:
    """All rows that the credential behind the address may have now, as CSV; one that is sent too counts for nothing."""
    credential = str(call.desk.seal.open(wanted.signed, purpose="download", bound=key, now=call.now))
    subject = await run_in_threadpool(call.desk.shelf.parties.subject_of, credential, call.now)
    within_pace(call.desk, subject)
    return await run_in_threadpool(_rows, replace(call, subject=subject), key)


def _rows(call: Call, key: str) -> Response:
    dataset = sought(call, key, Mode.BULK, "")
    ask = ask_of(call, dataset, Mode.BULK, "", "")
    shape = Shape(Format.CSV, Mode.BULK, page=None)
    return answer(Reading(call, dataset, ask, shape, Place(0), {"download": key}, signed=True))
