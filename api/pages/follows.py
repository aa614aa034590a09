"""`/follows`: what the visitor's organisation follows, and a form to follow more."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.desk import TheDesk
from api.follows import known, made_of, own, which
from api.page import UNSHARED, link, render, when
from api.pages.sealed import sealed
from api.visitor import TheForm, TheVisitor, Visitor
from catalog.database import writing
from catalog.following import errands, follows
from schemas.dataset import Json
from schemas.following import Errand, Follow, Followed

router = APIRouter(include_in_schema=False)
PLACES = {Followed.DATASET: "/datasets/{}", Followed.ELEMENT: "/elements/{}", Followed.DEPARTMENT: "/datasets"}


@router.get("/follows")
def show_follows(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """All of them, with what became of the last word that was sent outside."""
    own(visitor.subject)
    with desk.shelf.engine.connect() as connection:
        found = follows.of_organisation(connection, visitor.subject.organisation)
        rows = [_row(one, errands.last(connection, one.id), visitor) for one in found]
    told = {kind.value: request.query_params.get(kind.value, "")[:128] for kind in Followed}
    return render(request, visitor, "follows.html", follows=rows, mail=bool(desk.settings.mail_domains), asked=told)


@router.post("/follows")
def follow(visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """One more, from the form here or a button elsewhere."""
    sealed(visitor, form)
    of = which(desk, visitor.subject, {kind.value: form.get(kind.value, "") for kind in Followed})
    made = made_of(desk, visitor.subject, of, form.get("email", "").strip(), "")
    with writing(desk.shelf.engine) as connection:
        follows.make(connection, Follow(**made, made_at=visitor.now))
    return RedirectResponse(link(visitor.lang, "/follows"), 303, UNSHARED)


@router.post("/follows/{number}/end")
def unfollow(number: str, visitor: TheVisitor, desk: TheDesk, form: TheForm) -> Response:
    """It hears of nothing any more."""
    sealed(visitor, form)
    with writing(desk.shelf.engine) as connection:
        found = follows.get(connection, known(number), visitor.subject.organisation)
        follows.end(connection, found.id, visitor.now)
    return RedirectResponse(link(visitor.lang, "/follows"), 303, UNSHARED)


def _row(one: Follow, last: Errand | None, visitor: Visitor) -> dict[str, Json]:
    department = {"department": one.what} if one.followed is Followed.DEPARTMENT else {}
    return {
        "id": one.id,
        "followed": one.followed.value,
        "what": one.what,
        "href": link(visitor.lang, PLACES[one.followed].format(one.what), **department),
        "way": one.email or one.url,
        "when": when(one.made_at),
        "last": last.state.value if last else "",
    }
