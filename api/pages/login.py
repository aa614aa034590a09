"""Signing in and out on the pages: a data officer shows the credential of their organisation's system."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.desk import Desk, TheDesk
from api.page import UNSHARED, link, render
from api.sessions import COOKIE, LONGEST, Sessions, same
from api.visitor import TheForm, TheVisitor, Visitor
from schemas.errors import BadAsk, Unidentified

router = APIRouter(include_in_schema=False)


@router.get("/login")
def show_login(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The form."""
    return _form(request, visitor, desk, wrong=False)


@router.post("/login")
def sign_in(request: Request, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """A new session under a new id; the same words for whatever was wrong."""
    credential = form.get("credential", "").strip()
    try:
        desk.seal.open(form.get("token", ""), purpose="login", bound=None, now=visitor.now)
        subject = desk.shelf.parties.subject(credential, visitor.now)
    except (Unidentified, BadAsk):
        return _form(request, visitor, desk, wrong=True)
    if subject.public:
        return _form(request, visitor, desk, wrong=True)
    sessions: Sessions = request.app.state.sessions
    sessions.end(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(link(visitor.lang, "/datasets"), 303, UNSHARED)
    answer.set_cookie(
        COOKIE,
        sessions.begin(credential, visitor.now),
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
def sign_out(request: Request, visitor: TheVisitor, form: TheForm) -> Response:
    """The session ends on the server, not only in the browser."""
    if visitor.session is not None and not same(form.get("token", ""), visitor.session.token):
        raise BadAsk("this form does not belong to your session; open the page again")
    sessions: Sessions = request.app.state.sessions
    sessions.end(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(link(visitor.lang, "/datasets"), 303, UNSHARED)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


def _form(request: Request, visitor: Visitor, desk: Desk, *, wrong: bool) -> Response:
    token = desk.seal.close("login", purpose="login", bound=None, until=visitor.now + timedelta(hours=1))
    return render(request, visitor, "login.html", 401 if wrong else 200, wrong=wrong, token=token)
