"""Who is right about what in the demo: the duties that its departments hold, in the authority registry."""

from datetime import date, datetime

from catalog.collection import registry
from catalog.shelf import Shelf
from demo import places
from schemas.authority_source import Source

SINCE = date(2026, 1, 1)
BASIS = "市场主体登记管理条例（演示）"
OF_ENTERPRISES = "market_regulation.enterprise"
"""The register of enterprises: others that name an enterprise by its credit code name it as stands there."""
ELEMENTS = ("credit_code", "mobile")


def enter_sources(shelf: Shelf, now: datetime) -> None:
    """The register of enterprises is right about credit codes and mobile numbers of the city's enterprises.

    No register of residents takes part, so that nobody is named as right about persons: what the recipients of
    allowances, the insured and the elderly have in common is found by its element and its values, and told.
    """
    dataset = shelf.dataset(OF_ENTERPRISES)
    held = {field.element for field in dataset.fields}
    for element in ELEMENTS:
        if element in held:
            source = Source(element, "enterprise", places.CITY, dataset.owner, BASIS, SINCE, dataset=dataset.key)
            registry.bring(shelf, source, now)
