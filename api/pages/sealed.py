"""Whether a form of the pages counts: sent by somebody signed in, from a page of this very session."""

from collections.abc import Mapping

from api.sessions import same
from api.visitor import Visitor
from schemas.errors import BadAsk, Unidentified


def sealed(visitor: Visitor, form: Mapping[str, str]) -> None:
    """Unidentified for the public, BadAsk for a form of another session."""
    if visitor.subject.public:
        raise Unidentified("请先登录 · sign in first")
    if visitor.session is None or not same(form.get("token", ""), visitor.session.token):
        raise BadAsk("this form does not belong to your session; open the page again")
