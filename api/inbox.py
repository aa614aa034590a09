"""`/inbox`: what an organisation was told, and which of it nobody there has read yet."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from api.asked import asked, documented
from api.caller import TheCall
from api.catalogue import PLAIN, Plain
from api.incidents import DIGITS, known
from api.language import pick
from api.seal import CURSOR_LIFE
from catalog import duties
from catalog.confirming import stored as matters
from catalog.database import writing
from catalog.mending import desk as incident_desk
from catalog.mending import notices
from schemas.dataset import Json
from schemas.errors import Unknown
from schemas.journey import SHANGHAI
from schemas.notice import Notice

router = APIRouter(prefix="/api/v1", tags=["mending"])


class InboxQuery(Plain):
    """Which notices."""

    unread: Literal["0", "1"] = Field("0", description="1: only those that nobody has read yet")
    limit: int = Field(50, ge=1, le=200, description="Notices of one page")
    cursor: str = Field("", description="Where the next page starts: `next` of the page before")


InboxWanted = Annotated[InboxQuery, Depends(asked(InboxQuery))]


@router.get("/inbox", openapi_extra=documented(InboxQuery), summary="Notices to your organisation")
def list_notices(call: TheCall, query: InboxWanted) -> Json:
    """Newest first, with how many are unread, and how many incidents and confirmations wait."""
    known(call)
    desk, mine = call.desk, call.subject.organisation
    bound = {"by": [call.subject.system, mine], "unread": query.unread}
    before = query.cursor and desk.seal.open(query.cursor, purpose="inbox", bound=bound, now=call.now)
    with desk.shelf.engine.connect() as connection:
        found = notices.inbox(
            connection,
            mine,
            before=int(before) if before else None,
            unread=query.unread == "1",
            limit=query.limit + 1,
        )
        unread = notices.unread(connection, mine)
        confirmations = matters.waiting(connection, mine) if duties.active(call.subject) else 0
    page, until = found[: query.limit], call.now + CURSOR_LIFE
    following = desk.seal.close(page[-1].id if page else 0, purpose="inbox", bound=bound, until=until)
    return {
        "notices": [notice_facts(one, call.lang) for one in page],
        "unread": unread,
        "waiting": incident_desk.waiting(desk.shelf, call.subject),
        "confirmations": confirmations,
        "next": following if len(found) > query.limit else None,
    }


@router.post("/inbox/{number}/read", **PLAIN, summary="Mark a notice as read")
def read_notice(number: str, call: TheCall) -> Json:
    """For the whole organisation; the first time counts."""
    known(call)
    if not (number.isascii() and number.isdigit() and len(number) <= DIGITS):
        raise Unknown("no notice of this id to your organisation")
    with writing(call.desk.shelf.engine) as connection:
        read = notices.read(connection, call.subject.organisation, int(number), call.now)
    return notice_facts(read, call.lang)


def notice_facts(notice: Notice, lang: str) -> dict[str, Json]:
    """One notice; `body` is data, the subject its words."""
    return {
        "id": notice.id,
        "about": notice.about.value,
        "dataset": notice.dataset,
        "subject": pick(lang, notice.subject, notice.subject_en),
        "body": dict(notice.body),
        "created_at": notice.created_at.astimezone(SHANGHAI).isoformat(),
        "read_at": notice.read_at.astimezone(SHANGHAI).isoformat() if notice.read_at else None,
    }
