"""Who has a right of return to what: the access rule's own answer, for every organisation that collected rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from catalog import access
from catalog.organisations import Organisation
from schemas.access import Ask, Basis, Decision, Mode, Standing, Subject, Tier
from schemas.dataset import Dataset, Grade, ScopeRole
from schemas.divisions import DivisionTree

PURPOSE = "data_return"


def collectors(
    dataset: Dataset, organisations: Iterable[Organisation], rows: Mapping[str, int], tree: DivisionTree
) -> Iterator[tuple[Organisation, int]]:
    """Government organisations below the owner within whose division rows were collected, and how many."""
    below = _summed(rows, tree)
    owner = tree.today(dataset.division)
    for one in organisations:
        if not one.government or not one.active or one.tier < Tier.CITY:
            continue
        mine = tree.today(one.division)
        if mine != owner and owner in tree.above(mine) and below[mine]:
            yield one, below[mine]


def _summed(rows: Mapping[str, int], tree: DivisionTree) -> Counter[str]:
    """Division -> rows that were collected within it: each place is looked at once, however many ask."""
    found: Counter[str] = Counter()
    for code, number in rows.items():
        for above in tree.above(code):
            found[above] += number
    return found


def decided(
    dataset: Dataset, organisation: Organisation, standing: Standing, tree: DivisionTree, now: datetime
) -> Decision:
    """What the rule answers a system of that organisation that asks for all that comes back, without any application.

    By the mode that its tier may use: villages and grids take pages, the tiers above whole versions.
    """
    mode = Mode.BULK if organisation.tier <= Tier.TOWN else Mode.QUERY
    subject = Subject(
        system="data-return",
        organisation=organisation.credit_code,
        organisation_name=organisation.name,
        division=organisation.division,
        tier=organisation.tier,
        clearance=Grade.GENERAL_4,
        government=organisation.government,
        organisation_active=organisation.active,
    )
    ask = Ask(subject, dataset.key, mode, PURPOSE, now, basis=Basis.RETURN)
    return access.decide(ask, dataset, (), standing, tree)


def comes_back(dataset: Dataset) -> bool:
    """Whether its rows say who collected them."""
    return ScopeRole.COLLECTED_BY in dataset.scopes()
