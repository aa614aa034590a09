"""What one asker would be answered about many datasets at once, in as many statements however many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from catalog import access, datasets, grants, versions
from catalog.consents.applied import Consents
from catalog.lake.where import Lake
from catalog.linkage import together
from catalog.linkage.together import Everything
from schemas.access import Ask, Decision, Grant, Standing
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree


@dataclass(frozen=True, slots=True)
class Offers:
    """All that an organisation's asks are decided by, whichever dataset they are about."""

    datasets: Mapping[str, Dataset]
    standings: Mapping[str, Standing]
    held: Mapping[str, tuple[Grant, ...]]
    """Dataset -> the organisation's grants on it."""
    retired: frozenset[str]
    """What nobody is granted any more."""
    everything: Everything | None
    """What the linkage guard looks at; None where no grant is there for it to look at."""

    def grants(self, ask: Ask) -> tuple[Grant, ...]:
        """Those on the asked dataset, and the one that this ask would be given by itself; it is not made."""
        dataset = self.datasets[ask.dataset]
        held = self.held.get(ask.dataset, ())
        granted = self.standings[ask.dataset].published and ask.dataset not in self.retired
        due = granted and grants.is_due(ask, dataset, held)
        return (*held, grants.by_itself(dataset, ask)) if due else held


def offers(connection: Connection, asks: Sequence[Ask]) -> Offers:
    """What these asks of one organisation are decided by, today. Unknown keys are not there."""
    organisation, keys = asks[0].subject.organisation, [one.dataset for one in asks]
    known = datasets.each(connection, keys)
    held = grants.of_organisation(connection, organisation) if organisation else ()
    unsigned = [
        one for one in held if one.dataset in known and together.unsigned(known[one.dataset], (one,), asks[0].moment)
    ]
    everything = together.everything(connection, organisation, unsigned[0].dataset) if unsigned else None
    standings, retired = versions.standings(connection, known), datasets.retired(connection, known)
    return Offers(known, standings, grants.by_dataset(held), retired, everything)


def answer(known: Offers, ask: Ask, tree: DivisionTree, lake: Lake, consents: Consents) -> Decision:
    """The access rule's answer to one of these asks."""
    dataset, standing, held = known.datasets[ask.dataset], known.standings[ask.dataset], known.grants(ask)
    if known.everything is not None:
        joined = together.of_grants(known.everything, lake, dataset, held, ask.moment)
        standing = replace(standing, together=joined)
    (told,) = consents.concerning((ask,), dataset)
    return access.decide(ask, dataset, held, standing, tree, told)
