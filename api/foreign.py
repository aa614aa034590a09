"""Entries of other nodes' catalogues, found by words and marked as foreign."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from api.asked import asked, documented
from api.caller import TheCall
from api.catalogue import Plain
from catalog.harvest.find import ForeignHit, find
from schemas.dataset import Json
from schemas.journey import SHANGHAI

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


class ForeignQuery(Plain):
    """What to look for."""

    q: str = Field("", max_length=200, description="Words in titles, keywords, descriptions; nothing is found without")
    limit: int = Field(20, ge=1, le=100, description="Entries at most")


@router.get("/foreign", openapi_extra=documented(ForeignQuery), summary="Entries of other nodes' catalogues")
def list_foreign(call: TheCall, query: Annotated[ForeignQuery, Depends(asked(ForeignQuery))]) -> Json:
    """What catalogues of other nodes have under these words, as they told it; it is had there, not here."""
    with call.desk.shelf.engine.connect() as connection:
        found = find(connection, query.q, query.limit)
    return {"entries": [facts(one) for one in found]}


def facts(hit: ForeignHit) -> dict[str, Json]:
    """One entry, with where and when it was found."""
    entry = hit.entry
    return {
        "foreign": True,
        "catalogue": hit.catalogue,
        "source": hit.url,
        "id": entry.id,
        "title": entry.title,
        "title_en": entry.title_en,
        "description": entry.description,
        "publisher": entry.publisher,
        "page": entry.page,
        "licence": entry.licence,
        "access": entry.access,
        "keywords": list(entry.keywords),
        "formats": list(entry.formats),
        "modified": entry.modified,
        "harvested_at": hit.harvested_at.astimezone(SHANGHAI).isoformat(),
    }
