"""Figures about rows are on record before they leave, like rows: one receipt an answer, one a view of a page."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from threading import Lock

from api.answers import PRIVATE
from api.desk import Desk
from schemas.access import Decision
from schemas.dataset import Json
from schemas.receipt import Receipt


class Views:
    """The receipts of the last views, so that the same page loaded again within `LIFE` is still the same view."""

    LIFE = timedelta(minutes=10)
    REMEMBERED = 10_000

    def __init__(self) -> None:
        self._seen: OrderedDict[Hashable, tuple[datetime, str]] = OrderedDict()
        """Who saw what -> when its receipt was written, and its number; oldest first."""
        self._lock = Lock()

    def receipt(self, view: Hashable, moment: datetime) -> str:
        """Number of the receipt that this view has; empty where it needs one."""
        with self._lock:
            at, number = self._seen.get(view, (moment, ""))
        return number if moment - at < self.LIFE else ""

    def keep(self, view: Hashable, moment: datetime, number: str) -> None:
        """This view was put on record now."""
        with self._lock:
            self._seen.pop(view, None)
            self._seen[view] = (moment, number)
            if len(self._seen) > self.REMEMBERED:
                self._seen.popitem(last=False)


def on_record(desk: Desk, decision: Decision, figures: Mapping[str, Json]) -> Receipt:
    """The receipt of figures that are about to be told: `figures` names their kind and, for values, their columns."""
    receipt = desk.shelf.receipts.note(decision, {"figures": dict(figures), "method": "GET"})
    desk.counters.add("yishu_decisions_total", code=decision.code)
    return receipt


def figure_headers(receipt: Receipt, version: int) -> dict[str, str]:
    """What an answer with figures carries, like one with rows."""
    return {"Yishu-Receipt": receipt.number, "Yishu-Version": str(version), **PRIVATE}


def view_on_record(desk: Desk, views: Views, decision: Decision, figures: Mapping[str, Json], session: str) -> str:
    """Number of the receipt of a page that shows figures; a new one where this session has not seen just these."""
    view = (session, decision.ask.dataset, decision.grant, decision.ask.purpose, repr(figures))
    known = views.receipt(view, decision.ask.moment)
    if not known:
        known = on_record(desk, decision, figures).number
        views.keep(view, decision.ask.moment, known)
    return known
