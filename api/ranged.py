"""Answers that are files: their length is told, and any range of them can be asked for (RFC 9110, section 14)."""

import re
from collections.abc import Callable, Iterator, Mapping

from fastapi import Request
from fastapi.responses import Response

from api.answers import Held, bare, begun, unchanged
from api.served import file
from catalog.rows.cut import Cut

RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
"""One range; numbers beyond every file are no range, and are answered with the whole of it."""
PARQUET = "application/vnd.apache.parquet"


def _as_it_is(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return pieces


def ranged(
    request: Request,
    cut: Cut,
    headers: Mapping[str, str],
    give_back: Callable[[], None],
    watch: Callable[[Iterator[bytes]], Iterator[bytes]] = _as_it_is,
) -> Response:
    """The file or the range of it that was asked for; 304 where the caller has it, 416 for a range beyond its end.

    Several ranges at once are answered with the whole file, as the standard allows. `watch` may break the bytes off.
    """
    told = {**headers, "Accept-Ranges": "bytes"}
    if "if-none-match" in request.headers and unchanged(told["ETag"], request.headers["if-none-match"]):
        give_back()
        return bare(304, told, PARQUET)
    wanted = _wanted(request, told["ETag"], cut.size)
    if wanted is None:
        give_back()
        return Response(status_code=416, headers=told | {"Content-Range": f"bytes */{cut.size}"})
    start, end = wanted
    told["Content-Length"] = str(end - start)
    partly = wanted != (0, cut.size)
    if partly:
        told["Content-Range"] = f"bytes {start}-{end - 1}/{cut.size}"
    if request.method == "HEAD":
        give_back()
        return Response(status_code=206 if partly else 200, headers=told, media_type=PARQUET)
    if not partly:
        file(request, cut.digest)
    answer = Held(begun(watch(cut.read(start, end))), give_back, headers=told, media_type=PARQUET)
    answer.status_code = 206 if partly else 200
    return answer


def _wanted(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """Start and end of what to send; None where the range cannot be had."""
    found = RANGE.fullmatch(request.headers.get("range", "").strip())
    other = request.headers.get("if-range", etag) != etag
    if found is None or other or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) else None
    start, end = int(first), min(int(last) + 1, size) if last else size
    return (start, end) if start < min(end, size) else None
