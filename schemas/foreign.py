"""Entries of other nodes' catalogues as this one keeps them: what they are called, whose they are, where they are."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

MOST_ENTRIES = 50_000
"""Of one catalogue."""
LONG, LONGEST = 500, 5000
"""Characters that are kept of a title or name, and of a description."""
MOST_WORDS = 50
"""Keywords and formats that are kept."""


class Speaks(StrEnum):
    """How a catalogue is read."""

    DCAT = "dcat"
    CKAN = "ckan"


@dataclass(frozen=True, slots=True)
class ForeignCatalogue:
    """Another node's catalogue; it is read from its own host and those that are named besides, and from no other."""

    name: str
    speaks: Speaks
    url: str
    hosts: tuple[str, ...] = ()

    @property
    def allowed(self) -> frozenset[str]:
        """Hosts that may be asked."""
        return frozenset({(urlsplit(self.url).hostname or "").lower(), *self.hosts})


@dataclass(frozen=True, slots=True)
class ForeignEntry:
    """One dataset of another node. Its id is that node's; it never is a key of ours."""

    id: str
    title: str
    title_en: str = ""
    description: str = ""
    publisher: str = ""
    page: str = ""
    """Where it is told of; empty where that is no address of the web."""
    licence: str = ""
    access: str = ""
    """Who may have it, in that node's words."""
    keywords: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    modified: str = ""


def short(told: str, most: int = LONG) -> str:
    """As much of a text as is kept, on one line, of characters that every database holds."""
    plain = " ".join(told.replace("\0", " ").encode("utf-8", "replace").decode().split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def address(told: str) -> str:
    """An address that a page may link to: http or https and nothing else."""
    try:
        parts = urlsplit(told)
    except ValueError:
        return ""
    plain = told.isprintable() and len(told) <= LONGEST
    return told if plain and parts.scheme in ("http", "https") and parts.hostname else ""
