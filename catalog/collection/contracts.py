"""Which items of a contract are collected already elsewhere, once what was chosen on its cleared forms is taken off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from catalog import organisations
from catalog.collection import forms
from catalog.collection.check import Question, check, of_contract
from catalog.datasets import known
from catalog.lake.where import Lake
from schemas.access import Subject
from schemas.collection import FormItem, Hit, How, Item, open_hits
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree
from schemas.errors import Unknown
from schemas.standards.division_code import tier_of


@dataclass(frozen=True, slots=True)
class Repeated:
    """One field of a contract with where it is to be found."""

    dataset: str
    field: str
    title: str
    hits: tuple[Hit, ...]
    new: bool
    """The dataset is not registered yet: what was registered before is told of, and not held up."""

    @property
    def refused(self) -> bool:
        """Whether the contract may not be compiled: a new one with an authority source, or the same subjects, there.

        That a department's system holds an item which another holds too is told; a form is where it would be asked
        for, a contract says that it is there.
        """
        return self.new and any(one.how in (How.AUTHORITY, How.VALUES) for one in self.hits)

    def __str__(self) -> str:
        told = "; ".join(dict.fromkeys(map(_said, self.hits)))
        return f"{self.dataset}: {self.field} {self.title}: {told}"


def repeated(
    connection: Connection, datasets: Sequence[Dataset], day: date, tree: DivisionTree, lake: Lake
) -> tuple[Repeated, ...]:
    """Every field with a hit that blocks it, as its own organisation may know of it."""
    found: list[Repeated] = []
    for dataset in datasets:
        asked = of_contract(dataset)
        if not asked.items:
            continue
        hits = check(connection, Question(_owner(connection, dataset), asked, day, tree, lake))
        chosen = [one for form in forms.of_dataset(connection, dataset.owner, dataset.key) for one in form.items]
        new = not known(connection, dataset.key)
        for item, some in zip(asked.items, hits, strict=True):
            left = open_hits(_chosen(item, chosen), some, day)
            if left:
                found.append(Repeated(dataset.key, item.column, item.name, left, new))
    return tuple(found)


def _chosen(item: Item, chosen: Sequence[FormItem]) -> FormItem:
    """What a form says of a field: by its name, else by its title."""
    return next((one for one in chosen if item.column == one.item.column or item.name == one.item.name), FormItem(item))


def _owner(connection: Connection, dataset: Dataset) -> Subject:
    """The provider, as it asks itself; a contract may come before its organisation is registered."""
    try:
        one = organisations.organisation(connection, dataset.owner)
    except Unknown:
        tier = tier_of(dataset.division.ljust(12, "0"))
        return Subject("contract", dataset.owner, dataset.owner_name, dataset.division, tier)
    return Subject("contract", one.credit_code, one.name, one.division, one.tier, government=one.government)


def _said(hit: Hit) -> str:
    if hit.hidden:
        return "此项已有数源，请咨询数据主管部门 an item of this kind has a source; ask the data administration"
    where = f"{hit.dataset}.{hit.column}" if hit.dataset else hit.division
    return {
        How.AUTHORITY: f"数源为 its authority source is {hit.organisation_name} ({where})",
        How.VALUES: f"{where} holds {hit.share:.0%} of its values 数据重合",
    }.get(hit.how, f"{where} has it too 已有 ({hit.how.value})")
