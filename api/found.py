"""What a search finds for one caller: a page of hits with the fields that matched, and counts; in the API's words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from catalog.cards.drawer import Place
from catalog.search import FACETS, Found, Wanted
from schemas.dataset import Json

__all__ = ["FACETS", "Filters", "facet_facts", "place_of", "wanted"]
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty means not at all."""

    department: str = ""
    topic: str = ""
    sharing: str = ""
    tier: str = ""
    cycle: str = ""
    quality: str = ""
    mine: str = ""


def wanted(text: str, filters: Filters, **told: Json) -> Wanted:
    """A search for these words within these filters; `told` says which facets to count and which page."""
    return Wanted(text, {name: value for name, value in asdict(filters).items() if value}, **told)


def facet_facts(found: Found) -> dict[str, Json]:
    """Counts as the API answers them; those of departments with the names of who provides."""
    names: Mapping[str, Mapping[str, str]] = {"department": found.departments}
    return {
        facet: [
            {"value": value, "count": count} | ({"name": names[facet].get(value, value)} if facet in names else {})
            for value, count in values
        ]
        for facet, values in found.facets.items()
    }


def place_of(text: str) -> Place | None:
    """Where a page starts, as `<rank>~<key>`; None, the beginning, for anything else."""
    rank, _, key = text.partition("~")
    return Place(int(rank), key[:128]) if rank.isascii() and rank.isdigit() and len(rank) < 3 and key else None
