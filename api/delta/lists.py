"""What Delta Sharing lists: one share, a schema for each department, the tables that a caller may take now."""

from typing import Annotated

from fastapi import Depends, Query, Request

from api.caller import TheCall
from api.delta.asking import SHARE, tables
from schemas.dataset import Json
from schemas.errors import Unknown

MOST = 500
"""Tables of one page."""


class Page:
    """Which part of a list was asked for."""

    def __init__(
        self,
        most: Annotated[int, Query(alias="maxResults", ge=0, le=10_000)] = MOST,
        after: Annotated[str, Query(alias="pageToken", max_length=300)] = "",
    ) -> None:
        self.most, self.after = most, after

    def of(self, share: str, found: list[tuple[str, str]]) -> Json:
        """The page, and the name after which the next one starts."""
        rest = [one for one in found if "/".join(one) > self.after]
        kept = rest[: self.most]
        items = [{"name": name, "schema": department, "share": share} for department, name in kept]
        following = {"nextPageToken": "/".join(kept[-1])} if kept and len(rest) > len(kept) else {}
        return {"items": items, **following}


def purpose(request: Request) -> str:
    """The purpose that stands in the address, empty where none does."""
    return str(request.path_params.get("purpose", ""))


ThePurpose = Annotated[str, Depends(purpose)]
ThePage = Annotated[Page, Depends()]


def list_shares(call: TheCall) -> Json:
    """The one share there is."""
    del call
    return {"items": [{"name": SHARE}]}


def show_share(call: TheCall, share: str) -> Json:
    """That one."""
    del call
    return {"share": {"name": _only(share)}}


def list_schemas(call: TheCall, share: str, told: ThePurpose) -> Json:
    """A schema for each department of which the caller may take a table."""
    _only(share)
    departments = sorted({department for department, _ in tables(call, told)})
    return {"items": [{"name": one, "share": share} for one in departments]}


def list_tables(call: TheCall, share: str, schema: str, told: ThePurpose, page: ThePage) -> Json:
    """The tables of one department."""
    return page.of(_only(share), [one for one in tables(call, told) if one[0] == schema])


def list_all_tables(call: TheCall, share: str, told: ThePurpose, page: ThePage) -> Json:
    """Every table that the caller may take."""
    return page.of(_only(share), tables(call, told))


def _only(share: str) -> str:
    if share != SHARE:
        raise Unknown(f"share: found {share[:100]!r}, expected {SHARE!r}, the only one")
    return share
