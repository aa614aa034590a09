"""One file and a few fields, sent by a form of our own pages as `multipart/form-data`."""

from email.parser import BytesParser
from email.policy import HTTP
from typing import Annotated

from fastapi import Depends, Request

from api.visitor import own_page
from schemas.errors import BadAsk

LARGEST = 1 << 20
"""Bytes; a larger file goes by the operator's command."""


async def uploaded(request: Request) -> tuple[dict[str, str], str, bytes]:
    """Fields, name of the file and its bytes; BadAsk for another sender, another shape, or too much."""
    own_page(request)
    kind, body = request.headers.get("content-type", ""), b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise BadAsk(f"this file is larger than {LARGEST >> 20} MiB; split it, or let the operator import it")
    if not kind.startswith("multipart/form-data"):
        raise BadAsk("found no file; expected a form with one")
    head = b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n"
    whole = BytesParser(policy=HTTP).parsebytes(head + body)
    fields, name, raw = {}, "", b""
    for part in whole.iter_parts() if whole.is_multipart() else ():
        told = str(part.get_param("name", "", "content-disposition") or "")
        content = part.get_payload(decode=True)
        data = content if isinstance(content, bytes) else b""
        if (file := part.get_filename()) is not None:
            name, raw = file.replace("\\", "/").rpartition("/")[2], data
        elif told:
            fields[told] = data.decode("utf-8", "replace")
    return fields, name, raw


TheUpload = Annotated[tuple[dict[str, str], str, bytes], Depends(uploaded)]
