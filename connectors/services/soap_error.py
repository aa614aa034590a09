"""What a SOAP service says in an answer that is an error: its fault, or the beginning of what came instead."""

import re
from contextlib import suppress

import httpx

from connectors.masking import masked
from connectors.services.soap_answer import Answer, Fault
from connectors.services.web import BYTES
from schemas.errors import SourceChanged

MOST = 1 << 20
"""Bytes of an error that are read, unpacked."""
SHOWN = 200
"""Characters of it that are shown where it is no fault."""
_MARKUP = re.compile(r"<[^>]*>")


def error_of(response: httpx.Response, answer: Answer, password: str) -> Fault:
    """The fault; of anything else its media type and its first words without the password. Closes the response."""
    body, more = _beginning(response)
    with suppress(SourceChanged):
        list(answer.records([body]))
    if answer.fault is not None:
        return answer.fault
    told = response.headers.get("content-type", "").partition(";")[0] or "an unknown type"
    size = f"more than {MOST} bytes" if more else f"{len(body)} bytes"
    text = masked(_text(body, response.charset_encoding or "utf-8"), password)[: 20 * SHOWN]
    words = " ".join(_MARKUP.sub(" ", text).split())[:SHOWN]
    return Fault("", f"found {size} of {told}, expected a SOAP fault{f': {words!r}' if words else ''}")


def _text(body: bytes, charset: str) -> str:
    """In UTF-8 where nobody knows the charset that it names, or it is none of texts."""
    try:
        return body.decode(charset, "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")


def _beginning(response: httpx.Response) -> tuple[bytes, bool]:
    """At most `MOST` bytes, and whether there is more."""
    body = bytearray()
    try:
        for chunk in response.iter_bytes(BYTES):
            body += chunk
            if len(body) > MOST:
                return bytes(body[:MOST]), True
    except httpx.RequestError:
        return bytes(body), True
    finally:
        response.close()
    return bytes(body), False
