"""The demand list 需求清单: requests and demands, for those who are party to them and who audits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, func, select

from catalog.clocks.tables import clock
from catalog.requests import desk, store
from catalog.requests.timing import KIND
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.deadline import State as Running
from schemas.errors import Unidentified, Unknown
from schemas.lists import Line
from schemas.request import State
from schemas.request_want import Request

AT_ONCE = 200
ASKED = tuple(state for state in State if state is not State.DRAFT)


def seen(shelf: Shelf, subject: Subject, before: str = "") -> Iterator[Line]:
    """Those that the asker may know of, the newest first; drafts are nobody's business."""
    if subject.public:
        return
    while some := desk.listed(shelf, subject, store.Wanted(states=ASKED, before=before, limit=AT_ONCE)):
        yield from _lines(shelf, some)
        before = some[-1].number


def everything(shelf: Shelf) -> Iterator[Line]:
    """All of them, for an edition."""
    before = ""
    while True:
        with shelf.engine.connect() as connection:
            some = store.listed(connection, store.Wanted(states=ASKED, before=before, limit=AT_ONCE))
        if not some:
            return
        yield from _lines(shelf, some)
        before = some[-1].number


def may_see(shelf: Shelf, subject: Subject, line: Line) -> bool:
    """Whether the asker may know of the request of a line."""
    try:
        desk.find(shelf, subject, line.key)
    except (Unknown, Unidentified):
        return False
    return True


def _lines(shelf: Shelf, some: Sequence[Request]) -> Iterable[Line]:
    names = {one.credit_code: one.name for one in shelf.parties.organisations()}
    with shelf.engine.connect() as connection:
        due = _due(connection, [one.number for one in some])
    return [_line(one, names, due.get(one.number, "")) for one in some]


def _due(connection: Connection, numbers: Sequence[str]) -> Mapping[str, str]:
    """Number -> the day by which the next move is due."""
    mine = (clock.c.kind == KIND, clock.c.thing.in_(numbers), clock.c.state == Running.RUNNING.value)
    wanted = select(clock.c.thing, func.min(clock.c.due).label("due")).where(*mine).group_by(clock.c.thing)
    return {row.thing: row.due.isoformat() for row in connection.execute(wanted)}


def _line(one: Request, names: Mapping[str, str], due: str) -> Line:
    values = {
        "title": one.title,
        "title_en": one.title_en,
        "number": one.number,
        "requester": names.get(one.requester, one.requester),
        "provider": names.get(one.provider, one.provider),
        "path": "authorise" if one.want.dataset else "collect",
        "state": one.state.value,
        "due": due,
    }
    return Line(one.number, one.want.dataset, values, whose=one.requester)
