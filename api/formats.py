"""The four shapes in which rows leave, and how a caller chooses one: `format=` or `Accept`."""

import re
from enum import StrEnum

from schemas.errors import BadAsk


class Format(StrEnum):
    """Arrow IPC stream, Parquet, CSV (RFC 4180, UTF-8), or JSON pages."""

    ARROW = "arrow"
    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """What `Content-Type` says."""
        return _MEDIA[self]


_MEDIA = {
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
}
CODECS = ("zstd", "lz4")
"""Compressions inside an Arrow stream."""
_ASKED_AS = {
    "application/vnd.apache.arrow.stream": Format.ARROW,
    "application/vnd.apache.parquet": Format.PARQUET,
    "text/csv": Format.CSV,
    "application/json": Format.JSON,
    "application/*": Format.JSON,
    "*/*": Format.JSON,
}


def choose(named: Format | None, accept: str) -> Format:
    """`named` where given, else the first of `accept` with the highest weight that we can make; JSON for none."""
    if named is not None or not accept.strip():
        return named or Format.JSON
    wanted = [_weighed(part) for part in _outside_quotes(accept[:1000])]
    able = [(weight, -place, _ASKED_AS[name]) for place, (name, weight) in enumerate(wanted) if name in _ASKED_AS]
    able = [one for one in able if one[0] > 0]
    if not able:
        valid = ", ".join(m.split(";")[0] for m in _MEDIA.values())
        raise BadAsk(f"Accept: found {accept[:80]!r}, expected one of {valid}; or say format={'|'.join(Format)}")
    return max(able)[2]


def codec(accept: str) -> str | None:
    """Compression inside the Arrow stream, the first that the caller names and we have: `…; codecs="zstd, lz4"`."""
    named = re.search(
        rf"{re.escape(Format.ARROW.media_type)}\s*;\s*codecs\s*=\s*(?:\"([^\"]*)\"|([a-z0-9_]+))", accept[:1000]
    )
    if named is None:
        return None
    told = [one.strip() for one in (named[1] or named[2] or "").split(",")]
    return next((one for one in told if one in CODECS), None)


def takes_gzip(encodings: str) -> bool:
    """Whether `Accept-Encoding` names gzip and does not weigh it at nothing."""
    weighed = (_weighed(part) for part in encodings[:1000].split(","))
    return any(name in ("gzip", "x-gzip") and weight > 0 for name, weight in weighed)


def _outside_quotes(accept: str) -> list[str]:
    """Parts between commas; a comma within quotes parts nothing."""
    return re.findall(r'(?:[^,"]|"[^"]*")+', accept)


def _weighed(part: str) -> tuple[str, float]:
    name, *parameters = (p.strip().lower() for p in part.split(";"))
    for one in parameters:
        if one.startswith("q="):
            try:
                return name, float(one[2:])
            except ValueError:
                return name, 0.0
    return name, 1.0
