"""The catalogue entry that a dataset's contract stands for."""

from dataclasses import replace
from datetime import date

from schemas.dataset import Dataset, Field, Kind, Sharing
from schemas.entry import Cycle, Entry, Item

TYPES = {
    Kind.STRING: "C",
    Kind.INTEGER: "I",
    Kind.DECIMAL: "N",
    Kind.DOUBLE: "B",
    Kind.BOOLEAN: "L",
    Kind.DATE: "D",
    Kind.TIMESTAMP: "T",
}
CYCLES = {
    "P1D": Cycle.DAY,
    "P1W": Cycle.WEEK,
    "P7D": Cycle.WEEK,
    "P1M": Cycle.MONTH,
    "P3M": Cycle.QUARTER,
    "P6M": Cycle.HALF_YEAR,
    "P1Y": Cycle.YEAR,
    "P12M": Cycle.YEAR,
}


def entry_of(dataset: Dataset, published_on: date | None) -> Entry:
    """Everything that the contract says, and nothing that it does not."""
    return Entry(
        title=dataset.title,
        code=dataset.catalogue_code,
        title_en=dataset.title_en,
        path=dataset.catalogued.path,
        provider=dataset.owner,
        provider_name=dataset.owner_name,
        division=dataset.division,
        abstract=dataset.description,
        abstract_en=dataset.description_en,
        formats=dataset.formats,
        items=tuple(_item(one) for one in dataset.fields),
        sharing=dataset.sharing,
        condition=dataset.sharing_condition,
        withheld_basis=dataset.withheld_basis,
        modes=dataset.modes,
        opening=dataset.opening,
        opening_condition=dataset.opening_condition,
        cycle=CYCLES.get(dataset.update_cycle, Cycle.REALTIME if "T" in dataset.update_cycle else Cycle.IRREGULAR),
        published_on=dataset.catalogued.published_on or published_on,
        related=dataset.catalogued.related,
        lead=dataset.catalogued.lead,
        lead_name=dataset.catalogued.lead_name,
        collecting_basis=dataset.catalogued.collecting_basis,
        system=dataset.catalogued.system,
        contacts=dataset.catalogued.contacts,
        grade=max((one.grade for one in dataset.fields), default=None),
        dataset=dataset.key,
    )


STRICT = (Sharing.OPEN, Sharing.UNCONDITIONAL, Sharing.CONDITIONAL, Sharing.WITHHELD)
"""Sharing classes, the strictest last."""


def bound(dataset: Dataset, entry: Entry) -> Dataset:
    """The dataset shared as strictly as its entry says where the contract is laxer: as a whole, and item by item."""
    withheld = {one.name: one.withheld_basis for one in entry.items if one.sharing is Sharing.WITHHELD}
    fields = tuple(
        replace(one, shareable=False, withheld_basis=withheld[one.title])
        if one.shareable and one.title in withheld
        else one
        for one in dataset.fields
    )
    if entry.sharing is None or STRICT.index(entry.sharing) <= STRICT.index(dataset.sharing):
        return replace(dataset, fields=fields)
    return replace(
        dataset,
        fields=fields,
        sharing=entry.sharing,
        sharing_condition=entry.condition,
        withheld_basis=entry.withheld_basis,
    )


def _item(field: Field) -> Item:
    return Item(
        name=field.title,
        name_en=field.title_en,
        type=TYPES[field.type.kind],
        length=field.type.precision or None,
        required=field.required or field.key > 0,
        element=field.element or "",
        sharing=None if field.shareable else Sharing.WITHHELD,
        condition=field.condition,
        withheld_basis=field.withheld_basis,
        grade=field.grade,
        source=field.authority,
    )
