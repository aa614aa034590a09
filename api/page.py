"""Renders a page: the template, the texts in the visitor's language, links that keep it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.desk import desk
from api.language import CHINESE, ENGLISH
from api.visitor import Visitor
from api.words import say
from catalog import duties
from catalog.confirming import stored as matters
from catalog.mending import incidents, notices
from catalog.requests import store as requests
from schemas.journey import SHANGHAI
from schemas.merging import SHARE_RULE
from schemas.notice import OF_INCIDENTS, OF_MATTERS

TEMPLATES = Environment(
    loader=PackageLoader("api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
UNSHARED = {"Cache-Control": "private, no-store", "Vary": "Cookie, Accept-Language"}


def render(request: Request, visitor: Visitor, template: str, status: int = 200, **told: object) -> HTMLResponse:
    """The whole page. Every text is escaped by the template engine."""
    other = ENGLISH if visitor.lang == CHINESE else CHINESE
    params = {k: v for k, v in request.query_params.items() if k != "lang"} if request.method == "GET" else {}
    context = {
        "lang": visitor.lang,
        "t": partial(say, visitor.lang),
        "to": partial(link, visitor.lang),
        "who": visitor.subject,
        "org": partial(organisation, _english(request) if visitor.lang == ENGLISH else {}),
        "token": visitor.session.token if visitor.session else "",
        **_waiting(request, visitor),
        "other_lang": other,
        "other": link(other, request.url.path, **params),
    }
    text = TEMPLATES.get_template(template).render(context | told)
    return HTMLResponse(text, status, UNSHARED | {"Content-Language": visitor.lang})


def _waiting(request: Request, visitor: Visitor) -> Mapping[str, int]:
    """What waits for the visitor's organisation: incidents, confirmations and unread notices; requests to move.

    An incident of rows that are gone is counted as the confirmation that it is.
    """
    if not duties.active(visitor.subject):
        return {"told": 0, "asked": 0}
    shelf, mine = desk(request).shelf, visitor.subject.organisation
    with shelf.engine.connect() as connection:
        told = incidents.waiting(connection, mine, SHARE_RULE) + matters.waiting(connection, mine)
        told += notices.unread(connection, mine, (*OF_INCIDENTS, *OF_MATTERS))
        return {"told": told, "asked": requests.waiting(connection, mine)}


def organisation(english: Mapping[str, str], name: str) -> str:
    """An organisation's English name where it is registered with one; nothing is put into English here."""
    return english.get(name, name)


def _english(request: Request) -> Mapping[str, str]:
    return {one.name: one.name_en for one in request.app.state.desk.shelf.parties.organisations() if one.name_en}


def link(lang: str, path: str, /, **params: object) -> str:
    """A link within the pages that keeps the language; empty parameters fall away. `//host` leads nowhere else."""
    told = {k: str(v) for k, v in params.items() if v}
    return f"/{path.lstrip('/')}?{urlencode(told | {'lang': lang})}"


def when(moment: datetime) -> str:
    """A moment as people here read it."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
