"""Who asks, from the bearer credential alone; nothing in a body, a query or another header can change it."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.desk import Desk, TheDesk
from api.language import language
from schemas.access import Subject
from schemas.errors import Unidentified


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API: who makes it, when, and in which language they are answered."""

    request: Request
    desk: Desk
    subject: Subject
    now: datetime
    lang: str


async def moment(desk: TheDesk) -> datetime:
    """The moment of this ask; read once, at the door."""
    return desk.now()


TheMoment = Annotated[datetime, Depends(moment)]


async def call(request: Request, desk: TheDesk, now: TheMoment) -> Call:
    """The call of the subject behind `Authorization: Bearer ys_…`; of the public without it. Raises Unidentified."""
    return await call_of(request, desk, now, bearer(request))


async def call_of(request: Request, desk: Desk, now: datetime, credential: str) -> Call:
    """The call under a credential, empty for the public; Unidentified where it is none, Busy where it asks too often.

    A thread is taken only where the database must be asked.
    """
    parties = desk.shelf.parties
    subject = parties.at_hand(credential, now)
    if subject is None:
        subject = await run_in_threadpool(parties.subject, credential, now)
    within_pace(desk, subject)
    return Call(request, desk, subject, now, language(request, desk.settings.lang))


def within_pace(desk: Desk, subject: Subject) -> None:
    """Count a request of this credential; Busy where it has sent too many. The public has the scan slots of one."""
    if desk.requests is not None and subject.credential:
        desk.requests.take(subject.credential, time.monotonic())


def bearer(request: Request) -> str:
    """Text of the credential, empty where the header is absent; Unidentified for anything else than one bearer."""
    told = request.headers.getlist("authorization")
    if not told:
        return ""
    scheme, _, credential = told[0].partition(" ")
    if len(told) > 1 or scheme.lower() != "bearer" or not credential.strip():
        raise Unidentified("Authorization: expected one header of the form 'Bearer ys_…'")
    return credential.strip()


TheCall = Annotated[Call, Depends(call)]
