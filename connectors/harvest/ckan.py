"""Reads a catalogue by CKAN's Action API: pages of `package_search`, by GET, as anybody."""

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from connectors.harvest.fetch import MOST_PAGES, fetch
from schemas.dataset import Json
from schemas.errors import SourceChanged
from schemas.foreign import LONGEST, MOST_WORDS, ForeignCatalogue, ForeignEntry, address, short

PAGE = 100
ACTION = "/api/3/action/package_search"


def read(catalogue: ForeignCatalogue) -> Iterator[ForeignEntry]:
    """Every package that anybody may see."""
    start, base = 0, catalogue.url.rstrip("/").removesuffix("/api/3/action")
    for _ in range(MOST_PAGES):
        asked = urlencode({"q": "*:*", "rows": PAGE, "start": start, "sort": "name asc"})
        found = _result(catalogue, fetch(catalogue, f"{base}{ACTION}?{asked}", "application/json").body)
        for one in found:
            if isinstance(one, dict) and one.get("id"):
                yield entry(one, base)
        if not found:
            return
        start += len(found)
    raise SourceChanged(f"{catalogue.name}: found more than {MOST_PAGES} pages")


def _result(catalogue: ForeignCatalogue, body: bytes) -> list[Json]:
    try:
        told = json.loads(body)
        results = told["result"]["results"] if told["success"] is True else None
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise SourceChanged(f"{catalogue.name}: the answer is not that of CKAN's package_search") from wrong
    if not isinstance(results, list):
        raise SourceChanged(f"{catalogue.name}: package_search found no list of results")
    return results


def entry(told: Mapping[str, Json], base: str) -> ForeignEntry:
    """One package; what is of another shape than CKAN's is left out."""
    organisation = told.get("organization")
    resources = told.get("resources")
    formats = {_text(one, "format").lower() for one in resources if isinstance(one, dict)} if resources else set()
    tags = told.get("tags")
    named = [_text(one, "name") for one in tags if isinstance(one, dict)] if isinstance(tags, list) else []
    return ForeignEntry(
        id=short(_text(told, "id")),
        title=short(_text(told, "title") or _text(told, "name")),
        description=short(_text(told, "notes"), LONGEST),
        publisher=short(_text(organisation, "title") if isinstance(organisation, dict) else _text(told, "author")),
        page=address(_text(told, "url")) or address(f"{base}/dataset/{_text(told, 'name')}"),
        licence=short(_text(told, "license_title") or _text(told, "license_id")),
        access="private" if told.get("private") is True else "",
        keywords=tuple(map(short, named[:MOST_WORDS])),
        formats=tuple(sorted(map(short, filter(None, formats)))[:MOST_WORDS]),
        modified=short(_text(told, "metadata_modified")),
    )


def _text(told: Mapping[str, Json], name: str) -> str:
    found = told.get(name)
    return found if isinstance(found, str) else ""
