"""`/catalog` and `/datasets/{key}` as `.jsonld`, `.ttl` and `.rdf`, under the same rule as every list."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field
from starlette.convertors import StringConvertor, register_url_convertor

from api.asked import Query, asked
from api.caller import Call, TheCall
from api.dcat.catalogue import document_of_dataset, document_of_page
from api.dcat.jsonld import jsonld
from api.dcat.negotiation import MEDIA_TYPES, form_of
from api.dcat.turtle import turtle
from api.dcat.xml import xml
from api.sight import KEY, NO_DATASET, find
from schemas.errors import Unknown
from schemas.rdf import Statement

PAGE = 100
"""Datasets of one page."""
WRITERS: Mapping[str, Callable[[Iterable[Statement]], str]] = {"jsonld": jsonld, "ttl": turtle, "rdf": xml}


class _Key(StringConvertor):
    """A dataset's key in a path: so `/datasets/a.ttl` is the page of a dataset that is called so."""

    regex = KEY.pattern


register_url_convertor("dataset_key", _Key())
router = APIRouter(tags=["dcat"])


class PageQuery(Query):
    """Which page of the catalogue."""

    after: str = Field(
        "", pattern=rf"^({KEY.pattern})?$", description="Key after which the page begins: hydra:next has the whole link"
    )


@router.get("/catalog", include_in_schema=False)
def catalogue(request: Request) -> Response:
    """The form that the asker prefers: RDF by `Accept`, else the page of datasets."""
    form = form_of(request)
    return RedirectResponse(f"/catalog.{form}" if form else "/datasets", 303, {"Vary": "Accept"})


def _catalogue_in(form: str) -> Callable[..., Response]:
    def show(call: TheCall, wanted: Annotated[PageQuery, Depends(asked(PageQuery))]) -> Response:
        """A page of the datasets that the caller may know of, in DCAT-AP 3; `hydra:next` is the following one."""
        page = call.desk.shelf.catalogue.page(call.subject, wanted.after, PAGE)
        return _answer(form, document_of_page(page, _base(call), form, wanted.after))

    return show


def _dataset_in(form: str) -> Callable[..., Response]:
    def show(key: str, call: TheCall, nothing: Annotated[Query, Depends(asked(Query))]) -> Response:
        """One dataset in DCAT-AP 3, with its versions and fields."""
        del nothing
        find(call.desk, call.subject, key)
        entry = call.desk.shelf.catalogue.entry(key)
        if entry is None:
            raise Unknown(NO_DATASET)
        return _answer(form, document_of_dataset(entry, call.desk.shelf.versions(key), _base(call)))

    return show


def _base(call: Call) -> str:
    return str(call.request.base_url).rstrip("/")


def _answer(form: str, statements: Iterable[Statement]) -> Response:
    headers = {"Cache-Control": "private, no-store", "Vary": "Authorization"}
    return Response(WRITERS[form](statements), headers=headers, media_type=MEDIA_TYPES[form])


for _form in WRITERS:
    for _path, _show in (("/catalog", _catalogue_in(_form)), ("/datasets/{key:dataset_key}", _dataset_in(_form))):
        router.add_api_route(f"{_path}.{_form}", _show, name=f"dcat {_path} {_form}", response_class=Response)
