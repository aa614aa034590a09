"""Who looks at the pages: from the session cookie alone; a bearer header counts for nothing here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, Request

from api.caller import TheMoment
from api.desk import TheDesk
from api.language import language
from api.sessions import COOKIE, Session, Sessions
from schemas.access import Subject
from schemas.deed import LONGEST
from schemas.errors import BadAsk, Unidentified

SMALL = 9 * LONGEST + 4096
"""Bytes of a form with one reason: a Chinese character takes nine, and the rest is for what is hidden in it."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person at the pages: the organisation they act for, their session if any, their language."""

    subject: Subject
    session: Session | None
    lang: str
    now: datetime


def visitor(request: Request, desk: TheDesk, now: TheMoment) -> Visitor:
    """The visitor; one whose credential was revoked or ran out is the public from this request on."""
    sessions: Sessions = request.app.state.sessions
    told = request.cookies.get(COOKIE, "")
    lang = language(request, desk.settings.lang)
    session = sessions.find(told, now) if told else None
    if session is not None:
        try:
            return Visitor(desk.shelf.parties.subject(session.credential, now), session, lang, now)
        except Unidentified:
            sessions.end(told)
    return Visitor(desk.shelf.parties.subject("", now), None, lang, now)


TheVisitor = Annotated[Visitor, Depends(visitor)]


async def form(request: Request) -> dict[str, str]:
    """Fields of a small form that was sent from one of our own pages; BadAsk for any other sender."""
    return {name: values[0] for name, values in (await _fields(request, SMALL, 10)).items()}


async def long_form(request: Request) -> dict[str, list[str]]:
    """Fields of a long form of our own pages, each with all its values: boxes that are ticked share a name."""
    return await _fields(request, 1 << 18, 2000)


async def _fields(request: Request, longest: int, most: int) -> dict[str, list[str]]:
    own_page(request)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > longest:
            raise BadAsk(f"this form is longer than {longest} bytes; expected fewer or shorter fields")
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=most, keep_blank_values=True)
    except ValueError as wrong:
        raise BadAsk(f"this form has more than {most} fields") from wrong


TheForm = Annotated[dict[str, str], Depends(form)]
TheLongForm = Annotated[dict[str, list[str]], Depends(long_form)]


def own_page(request: Request) -> None:
    """BadAsk unless the browser says that the request comes from a page of this very site."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "")
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != request.headers.get("host", "")):
        raise BadAsk("this form was sent from another site; expected it from a page of this one")
