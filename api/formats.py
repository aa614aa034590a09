"""The four shapes in which rows leave, and how a caller chooses one: `format=` or `Accept`."""

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
    wanted = [_weighed(part) for part in accept[:1000].split(",")]
    able = [(weight, -place, _ASKED_AS[name]) for place, (name, weight) in enumerate(wanted) if name in _ASKED_AS]
    able = [one for one in able if one[0] > 0]
    if not able:
        valid = ", ".join(m.split(";")[0] for m in _MEDIA.values())
        raise BadAsk(f"Accept: found {accept[:80]!r}, expected one of {valid}; or say format={'|'.join(Format)}")
    return max(able)[2]


def codec(accept: str) -> str | None:
    """Compression inside the Arrow stream that the caller takes: `…arrow.stream; codecs="zstd, lz4"`."""
    for part in accept[:1000].split(","):
        _, found, codecs = part.replace(" ", "").lower().partition(";codecs=")
        if found:
            first = codecs.strip('"').split(";")[0].strip('"')
            return first if first in ("zstd", "lz4") else None
    return None


def _weighed(part: str) -> tuple[str, float]:
    name, *parameters = (p.strip().lower() for p in part.split(";"))
    for one in parameters:
        if one.startswith("q="):
            try:
                return name, float(one[2:])
            except ValueError:
                return name, 0.0
    return name, 1.0
