"""Our closed lists in the controlled vocabularies that DCAT-AP asks for (EU Publications Office, IANA)."""

from collections.abc import Mapping

from schemas.dataset import Sharing

AUTHORITY = "http://publications.europa.eu/resource/authority"
ACCESS_RIGHTS: Mapping[Sharing, str] = {
    Sharing.OPEN: f"{AUTHORITY}/access-right/PUBLIC",
    Sharing.UNCONDITIONAL: f"{AUTHORITY}/access-right/RESTRICTED",
    Sharing.CONDITIONAL: f"{AUTHORITY}/access-right/RESTRICTED",
    Sharing.WITHHELD: f"{AUTHORITY}/access-right/NON_PUBLIC",
}
"""Unconditional sharing 无条件共享 is between government organisations, so that it is no public access."""
FREQUENCIES: Mapping[str, str] = {
    name: f"{AUTHORITY}/frequency/{word}"
    for name, word in {
        "PT1H": "HOURLY",
        "P1D": "DAILY",
        "P7D": "WEEKLY",
        "P1W": "WEEKLY",
        "P1M": "MONTHLY",
        "P3M": "QUARTERLY",
        "P6M": "ANNUAL_2",
        "P1Y": "ANNUAL",
    }.items()
}
"""Update cycle 更新周期 -> frequency; any other cycle has none there and is told as it is."""
OTHER_FREQUENCY = f"{AUTHORITY}/frequency/OTHER"
LANGUAGES = (f"{AUTHORITY}/language/ZHO", f"{AUTHORITY}/language/ENG")
FORMATS: Mapping[str, tuple[str, str]] = {
    "csv": ("text/csv", f"{AUTHORITY}/file-type/CSV"),
    "json": ("application/json", f"{AUTHORITY}/file-type/JSON"),
    "parquet": ("application/vnd.apache.parquet", f"{AUTHORITY}/file-type/PARQUET"),
    "arrow": ("application/vnd.apache.arrow.stream", f"{AUTHORITY}/file-type/OCTET"),
}
"""Formats that rows are served in -> media type of IANA, file type of the Publications Office."""


def media_type(told: str) -> str:
    """The IRI under which IANA knows a media type."""
    return f"http://www.iana.org/assignments/media-types/{told}"
