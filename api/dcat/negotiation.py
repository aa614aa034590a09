"""Which way of writing RDF a client prefers, if any, by `Accept` (RFC 9110, section 12.5.1)."""

from fastapi import Request

MEDIA_TYPES = {"jsonld": "application/ld+json", "ttl": "text/turtle", "rdf": "application/rdf+xml"}
"""Ending of the path -> media type."""
ENDINGS = {media: form for form, media in MEDIA_TYPES.items()}
PAGES = ("text/html", "application/xhtml+xml")


def form_of(request: Request) -> str:
    """The ending that is asked for; empty where a page is wanted as much, or nothing that we write is named."""
    best, found = 0.0, ""
    for part in request.headers.get("accept", "")[:500].split(","):
        media, *told = (one.strip().lower() for one in part.split(";"))
        weight = _weight(told)
        if weight > best and (media in ENDINGS or media in PAGES):
            best, found = weight, ENDINGS.get(media, "")
    return found


def _weight(parameters: list[str]) -> float:
    for one in parameters:
        if one.startswith("q="):
            try:
                return min(float(one[2:]), 1.0)
            except ValueError:
                return 0.0
    return 1.0
