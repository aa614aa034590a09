"""The purpose of an ask whose protocol has no word for one: that of the only basis its caller has.

Several are told apart by the caller, never by us: the ask then has no purpose, and the access rule refuses it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from api.caller import Call
from catalog.access import owns
from schemas.access import Ask, Grant, GrantState, Mode
from schemas.dataset import Dataset, Sharing

APART = "--"
"""Between the name of a dataset and the number of a grant, in the name of a table or of a resource."""


def ask_of(call: Call, dataset: Dataset, mode: Mode, purpose: str, grant: str) -> Ask:
    """For a named grant its own purpose where none is said; else the purpose of the one basis that fits."""
    return told_of(call, dataset, (mode, purpose, grant), {} if purpose else grants_of(call, dataset, mode))


def told_of(call: Call, dataset: Dataset, told: tuple[Mode, str, str], grants: Mapping[str, str]) -> Ask:
    """As `ask_of`, where mode, purpose and grant are told and `grants` (number -> purpose) are known already."""
    mode, purpose, grant = told
    if not purpose:
        found = {of for number, of in grants.items() if grant in ("", number)}
        purpose = next(iter(found)) if len(found) == 1 else _own_purpose(call, dataset)
    return Ask(call.subject, dataset.key, mode, purpose, call.now, grant=grant)


def grants_of(call: Call, dataset: Dataset, mode: Mode) -> dict[str, str]:
    """Number -> purpose of the caller's grants in force that give the dataset in this mode."""
    if call.subject.public:
        return {}
    return in_force(call.desk.shelf.grants_for(dataset.key, call.subject.organisation), mode, call.now)


def in_force(held: Iterable[Grant], mode: Mode, now: datetime) -> dict[str, str]:
    """Number -> purpose of those that give this mode now."""
    return {
        g.number: g.purpose for g in held if g.state is GrantState.ACTIVE and mode in g.modes and g.start <= now < g.end
    }


def _own_purpose(call: Call, dataset: Dataset) -> str:
    if owns(call.subject, dataset):
        return "own_duty"
    return "open_use" if dataset.sharing is Sharing.OPEN else ""
