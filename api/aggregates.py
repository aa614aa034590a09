"""`/aggregates`: counts and sums by division for superior tiers, without a grant and without a row."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from api.answering import answering
from api.asked import Query, asked, documented
from api.caller import Call, TheCall
from api.figures import figure_headers, on_record
from api.scans import PUBLIC
from api.shown import refusal
from api.sight import sought
from api.wanted import AccessQuery, make_ask
from catalog.aggregates import desk
from catalog.aggregates.desk import Figures
from catalog.aggregates.table import Question
from catalog.filters.expression import outline
from catalog.filters.text import read_filter
from catalog.rule.ceilings import SMALLEST_GROUP
from schemas.access import PURPOSES, Ask, Mode, Tier
from schemas.dataset import Dataset, Json
from schemas.errors import BadAsk

router = APIRouter(prefix="/api/v1", tags=["rows"])
TIERS = {"province": Tier.PROVINCE, "city": Tier.CITY, "county": Tier.COUNTY, "town": Tier.TOWN}
MOST_SUMS = 8


class FiguresQuery(Query):
    """Which figures, by divisions of which tier."""

    purpose: str = Field("", description="Purpose of use, from the closed list: " + ", ".join(PURPOSES))
    by: Literal["province", "city", "county", "town"] = Field("county", description="Tier of the divisions")
    measures: str = Field("count", description="count, and sum:<column> of numbers that point at nobody, by commas")
    filter: str | None = Field(None, description="One value of one column that points at nobody: kind = 'a'")
    division: str = Field("", description="Division code (2 to 15 digits) to narrow the figures to")
    lang: Literal["zh-CN", "en"] | None = Field(None, description="Language of messages")


Wanted = Annotated[FiguresQuery, Depends(asked(FiguresQuery))]


@router.get("/datasets/{key}/aggregates", openapi_extra=documented(FiguresQuery), summary="Figures by division")
def show_figures(key: str, call: TheCall, query: Wanted) -> JSONResponse:
    """Counts and sums of a superior's subtree (of everything, for the owner), small ones and what covers them left out.

    On record before the first byte, under mode `aggregate`.
    """
    dataset = sought(call, key, Mode.AGGREGATE, query.purpose)
    sums = _sums(query.measures)
    ask = _ask(call, dataset, query, sums)
    give_back = call.desk.scans.take(call.subject.organisation or PUBLIC)
    try:
        decision = call.desk.shelf.decide(ask)
        question = desk.asked(dataset, sums, ask.filter, TIERS[query.by]) if decision.allowed else None
        told = {"by": query.by, "measures": query.measures, "filter_outline": outline(ask.filter)}
        receipt = on_record(call.desk, decision, told)
        if question is None:
            raise refusal(decision, receipt.number, call.lang)
        with answering(call.desk, receipt.number, dataset.key):
            found, whole = desk.figures(call.desk.shelf, call.desk.tables, decision, question)
    finally:
        give_back()
    facts = {"dataset": dataset.key, "version": decision.version, "by": query.by, "smallest_group": SMALLEST_GROUP}
    body = facts | {
        "divisions": [_facts(call, one, question) for one in found],
        "total": [_facts(call, one, question) for one in whole],
    }
    return JSONResponse(body, headers=figure_headers(receipt, decision.version))


def _ask(call: Call, dataset: Dataset, query: FiguresQuery, sums: tuple[str, ...]) -> Ask:
    told = {"purpose": query.purpose, "columns": ",".join(sums), "division": query.division}
    plain = make_ask(AccessQuery.model_validate(told), call.subject, dataset, Mode.AGGREGATE, call.now)
    return plain if query.filter is None else replace(plain, filter=read_filter(query.filter, dataset))


def _sums(told: str) -> tuple[str, ...]:
    """The columns to sum; BadAsk for anything that is neither count nor sum."""
    words = told.split(",")
    sums = [word.removeprefix("sum:") for word in words if word.startswith("sum:")]
    if len(sums) + words.count("count") < len(words) or len(set(words)) < len(words) or len(sums) > MOST_SUMS:
        raise BadAsk(f"measures: found {told[:80]!r}, expected count and up to {MOST_SUMS} of sum:<column>, once each")
    return tuple(sums)


def _facts(call: Call, one: Figures, question: Question) -> dict[str, Json]:
    """One division; `count` and sums are null where they are not told."""
    name = call.desk.shelf.tree().name(one.division) if one.division else ""
    told: dict[str, Json] = {"division": one.division, "name": name, "suppressed": one.told is None}
    told |= {"own": True} if one.own else {}
    told["count"] = None if one.told is None else one.told[""]
    if question.of.measures:
        told["sums"] = {measure: _sum(one, measure) for measure in question.of.measures}
    return told


def _sum(one: Figures, measure: str) -> Json:
    found = one.told.get(measure) if one.told is not None else None
    return {"value": found[0], "rounded_to": found[1]} if isinstance(found, tuple) else None
