"""Authority sources 数源: where several datasets give one element of the same subjects, one of them is right."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.dataset import Dataset, Field
from schemas.divisions import shipped


@dataclass(frozen=True, slots=True)
class Claim:
    """A contract that names itself, or its own provider, as the authority of one of its items."""

    dataset: Dataset
    field: Field

    def same(self, other: "Claim") -> bool:
        """Whether two datasets claim the same element of the same kind of subject, in areas one within the other."""
        here, there = self.dataset, other.dataset
        alike = (self.field.element, here.subject_kind) == (other.field.element, there.subject_kind)
        return here.key != there.key and alike and _overlap(here.division, there.division)


@dataclass(frozen=True, slots=True)
class Clash:
    """A claim that came second."""

    first: Claim
    second: Claim

    def __str__(self) -> str:
        first, second = self.first, self.second
        return (
            f"{second.dataset.key}: {second.field.name} ({second.field.element}): {first.dataset.key} claims to be the "
            "authority 数源 of it for the same kind of subject and area; only one can be right"
        )


def clashes(datasets: Iterable[Dataset]) -> list[Clash]:
    """Every claim that one before it has made already, in the order given."""
    claims: list[Claim] = []
    found = []
    for claim in (Claim(dataset, field) for dataset in datasets for field in dataset.fields if claimed(dataset, field)):
        first = next((one for one in claims if one.same(claim)), None)
        if first is None:
            claims.append(claim)
        else:
            found.append(Clash(first, claim))
    return found


def claimed(dataset: Dataset, field: Field) -> bool:
    """Whether the contract says that it is the authority of this element itself."""
    return bool(field.element and field.authority) and field.authority in (dataset.key, dataset.owner_name)


def _overlap(a: str, b: str) -> bool:
    """Whether one division lies within the other; a code that is none overlaps only with itself."""
    try:
        return shipped().meet(a, b) is not None
    except ValueError:
        return a == b
