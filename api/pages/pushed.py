"""`/datasets/{key}/inbox`: what was pushed, by whom, how much was refused and why; for owner and senders."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import Desk, TheDesk
from api.language import pick
from api.page import link, render, when
from api.push_facts import LOOKS, STAGES
from api.records import found_push, known
from api.visitor import TheVisitor, Visitor
from api.words import say
from catalog.inbox import desk as inbox
from catalog.inbox import store
from catalog.inbox.fate import stages
from catalog.inbox.slices import SHAPE
from schemas.dataset import Dataset, Json
from schemas.errors import Unknown
from schemas.push import MISFIT, Push, Stage

router = APIRouter(include_in_schema=False)
SHOWN = 50
DAYS = 30
NO_INBOX = "只有数源单位和合同列明的推送单位可查看收件箱 · only its owner and its senders see an inbox"


@router.get("/datasets/{key}/inbox")
def show_inbox(key: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The newest pushes, the senders, the rules that refused most, and who tried without a right."""
    dataset = known(desk, visitor.subject, key)
    whose = inbox.side(visitor.subject, dataset)
    if whose is None:
        raise Unknown(NO_INBOX)
    names = {one.credit_code: one.name for one in desk.shelf.parties.organisations()}
    titles = _titles(dataset, visitor.lang)
    upto = request.query_params.get("before", "")
    before = found_push(desk, visitor.subject, dataset, upto).lands_at if upto else None
    with desk.shelf.engine.connect() as connection:
        pushes = store.newest(connection, key, SHOWN + 1, whose, before)
        became = stages(connection, pushes)
        senders = store.senders(connection, key, whose)
        refused = store.refusals(connection, key, visitor.now - timedelta(days=DAYS), whose)
    return render(
        request,
        visitor,
        "pushed.html",
        key=key,
        title=pick(visitor.lang, dataset.title, dataset.title_en),
        owner=dataset.owner_name,
        mine=bool(whose),
        days=DAYS,
        shown=SHOWN,
        pushes=[_row(one, *stage, visitor, names) for one, stage in zip(pushes, became, strict=True)][:SHOWN],
        first=link(visitor.lang, f"/datasets/{key}/inbox") if upto else "",
        older=link(visitor.lang, f"/datasets/{key}/inbox", before=pushes[SHOWN - 1].id) if len(pushes) > SHOWN else "",
        senders=[
            {"who": names.get(one.organisation, one.organisation), "pushes": one.pushes, "accepted": one.accepted,
             "refused": one.refused, "last": when(one.last_at)} for one in senders
        ],
        rules=[{"rule": rule, "title": titles.get(rule, ""), "rows": rows} for rule, rows in refused.items()],
        denied=_denied(desk, dataset, names) if not whose else [],
        address=f"/api/v1/datasets/{key}/records",
    )  # fmt: skip


def _titles(dataset: Dataset, lang: str) -> dict[str, str]:
    """What each rule says that refuses rows at once."""
    fields = ((field.name, pick(lang, field.title, field.title_en)) for field in dataset.fields)
    misfits = {name + MISFIT: say(lang, "pushed_misfit", title=title) for name, title in fields}
    rules = {rule.name: pick(lang, rule.title, rule.title_en) for rule in dataset.rules}
    return rules | misfits | {SHAPE: say(lang, "pushed_shape")}


def _row(one: Push, stage: Stage, version: int, visitor: Visitor, names: Mapping[str, str]) -> dict[str, Json]:
    return {
        "id": one.id,
        "when": when(one.arrived_at),
        "who": names.get(one.organisation, one.organisation),
        "accepted": one.accepted,
        "refused": one.refused,
        "stage": pick(visitor.lang, *STAGES[stage]),
        "looks": LOOKS.get(stage, "plain"),
        "version": f"v{version}" if version else "",
        "href": link(visitor.lang, f"/datasets/{one.dataset}/inbox/{one.id}"),
        "receipt": link(visitor.lang, f"/ledger/{one.receipt}"),
    }


def _denied(desk: Desk, dataset: Dataset, names: Mapping[str, str]) -> list[dict[str, Json]]:
    found = inbox.denied(desk.shelf, dataset.key)
    return [{"who": names.get(who, who), "code": code, "times": times} for (who, code), times in found.most_common(20)]
