"""Fetches documents of one foreign catalogue: from allowed hosts alone, so many bytes and pages and no more."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from schemas.errors import BadInput, SourceChanged, SourceUnreachable
from schemas.foreign import ForeignCatalogue

LARGEST = 20 << 20
"""Bytes of one document."""
MOST_PAGES = 1000
REDIRECTS = 3
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Document:
    """What was found at an address, and which address that was in the end."""

    url: str
    media: str
    body: bytes


def fetch(catalogue: ForeignCatalogue, url: str, accept: str) -> Document:
    """One document. BadInput for a host that is not allowed, SourceUnreachable or SourceChanged for the rest."""
    try:
        with httpx.Client(timeout=PATIENCE_S, follow_redirects=False, trust_env=False) as client:
            for _ in range(REDIRECTS + 1):
                allowed(catalogue, url)
                with client.stream("GET", url, headers={"Accept": accept, "User-Agent": "yishu-harvest/1"}) as answer:
                    if answer.is_redirect:
                        url = urljoin(url, answer.headers.get("location", ""))
                        continue
                    return Document(url, answer.headers.get("content-type", ""), _body(catalogue, answer))
    except (httpx.HTTPError, httpx.InvalidURL) as wrong:
        raise SourceUnreachable(f"{catalogue.name}: {url[:200]} does not answer ({type(wrong).__name__})") from wrong
    raise SourceChanged(f"{catalogue.name}: more than {REDIRECTS} redirects, expected the catalogue")


def allowed(catalogue: ForeignCatalogue, url: str) -> None:
    """BadInput where the address is not one of the hosts that this catalogue may be read from."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or (parts.hostname or "").lower() not in catalogue.allowed:
        raise BadInput(
            f"{catalogue.name}: found {url[:200]!r}, expected one on {', '.join(sorted(catalogue.allowed))}; "
            "`yishu harvest add --host` allows more"
        )


def _body(catalogue: ForeignCatalogue, answer: httpx.Response) -> bytes:
    if answer.status_code >= 500:
        raise SourceUnreachable(f"{catalogue.name}: answered {answer.status_code}, expected 200")
    if not answer.is_success:
        raise SourceChanged(f"{catalogue.name}: answered {answer.status_code}, expected 200")
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > LARGEST:
            raise SourceChanged(f"{catalogue.name}: found a document of more than {LARGEST} bytes")
    return bytes(body)
