"""Who is told of a collection form: the data administration that decides, and the organisation that asked."""

from datetime import datetime

from sqlalchemy import Connection

from catalog import organisations
from catalog.mending import notices
from schemas.collection import Form, FormState
from schemas.deadline import Thing
from schemas.divisions import DivisionTree
from schemas.notice import About, Notice

KIND = "collection_form"


def thing(form: Form, responsible: str = "") -> Thing:
    """What the clock of a form belongs to; `responsible` decides."""
    return Thing(KIND, form.number, responsible, (form.organisation,), title=form.title, title_en=form.number)


def asked(connection: Connection, form: Form, tree: DivisionTree, now: datetime) -> Thing:
    """Tell the data administration of the form's area that exemptions wait; it is the one whose move it is."""
    authority = organisations.authority_of(connection, form.division, tree)
    code = authority.credit_code if authority else ""
    if code:
        words = (f"采集豁免待审核：{form.title}", f"Exemptions wait for a decision: {form.number}")
        notices.tell(connection, [_notice(code, About.EXEMPTION_ASKED, form, words, now)])
    return thing(form, code)


def decided(connection: Connection, form: Form, now: datetime) -> None:
    """Tell the organisation what was decided; what it withdrew itself needs no telling."""
    if form.state is FormState.WITHDRAWN:
        return
    agreed = form.state is FormState.CLEARED
    words = (
        (f"采集豁免已批准：{form.title}", f"Exemptions approved: {form.number}")
        if agreed
        else (f"采集豁免未批准：{form.title}", f"Exemptions refused: {form.number}")
    )
    notices.tell(connection, [_notice(form.organisation, About.EXEMPTION_DECIDED, form, words, now)])


def _notice(recipient: str, about: About, form: Form, words: tuple[str, str], now: datetime) -> Notice:
    cause = f"form {form.number} {form.state.value} {now.isoformat()}"
    return Notice(recipient, about, form.dataset, cause, *words, created_at=now, body={"form": form.number})
