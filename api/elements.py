"""`/elements`: the data elements 数据元 of the standard, their code tables, and which fields are them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from api.asked import Query, asked, documented
from api.caller import TheCall
from api.element_facts import (
    PAGE,
    check_facts,
    code_facts,
    element_facts,
    matching,
    matching_codes,
    table_facts,
    the_element,
    use_facts,
    uses,
)
from schemas.dataset import Json

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


class ElementsQuery(Query):
    """Which elements."""

    q: str = Field("", max_length=200, description="A word in the name, an alias or the definition")
    lang: Literal["zh-CN", "en"] | None = Field(None, description="Language of titles and messages")


class ElementQuery(Query):
    """Which codes of its code table."""

    q: str = Field("", max_length=200, description="Beginning of a code, or a word in its name")
    start: int = Field(0, ge=0, le=1_000_000, description="First code of the page: `next` of the page before")
    limit: int = Field(PAGE, ge=1, le=1000, description="Codes of one page")
    used_after: str = Field("", max_length=128, description="Where the fields start: `used_next` of the page before")
    lang: Literal["zh-CN", "en"] | None = Field(None, description="Language of titles and messages")


ElementsWanted = Annotated[ElementsQuery, Depends(asked(ElementsQuery))]
ElementWanted = Annotated[ElementQuery, Depends(asked(ElementQuery))]


@router.get("/elements", openapi_extra=documented(ElementsQuery), summary="Data elements")
def list_elements(call: TheCall, query: ElementsWanted) -> Json:
    """Every element that holds the word, in the order of the standard."""
    return {"elements": [element_facts(one, call.lang) for one in matching(query.q)]}


@router.get("/elements/{id}", openapi_extra=documented(ElementQuery), summary="One data element")
def show_element(id: str, call: TheCall, query: ElementWanted) -> Json:
    """Its checks, a page of its code table, and the fields of datasets you may know of that are this element.

    An alias finds it too; `next` is the `start` of the following page of codes, or null.
    """
    element = the_element(id)
    lines, end = matching_codes(element, query.q), query.start + query.limit
    used = uses(call, call.desk, element, query.used_after)
    return element_facts(element, call.lang) | {
        "checks": check_facts(element, call.lang),
        "code_table": table_facts(element, call.lang),
        "codes": [code_facts(one) for one in lines[query.start : end]],
        "codes_found": len(lines),
        "next": end if end < len(lines) else None,
        "used_by": [use_facts(one, call.lang) for one in used.fields],
        "used_by_datasets": used.datasets,
        "used_next": used.following or None,
    }
