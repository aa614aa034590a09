"""A table of Delta Sharing as an ask of ours: its name says the dataset and perhaps the grant, the address the purpose.

The protocol has no word for a purpose. It stands in the endpoint of the profile file (`/delta-sharing/for/<purpose>`);
without one, the only basis that a caller has is taken, and several are told apart by the caller, never by us.
"""

from dataclasses import dataclass

from api.caller import Call
from api.shown import refusal
from api.sight import sought
from catalog.access import owns
from schemas.access import PURPOSES, Ask, Decision, GrantState, Mode
from schemas.dataset import Dataset, Sharing
from schemas.errors import BadAsk, Unknown

SHARE = "yishu"
APART = "--"
"""Between the name of a dataset and the number of a grant, in the name of a table."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table as a caller names it."""

    dataset: Dataset
    ask: Ask


def table(call: Call, names: tuple[str, str, str], purpose: str) -> Table:
    """The table `share.schema.name`; Unknown where there is none for this caller, BadAsk for an unknown purpose."""
    share, department, name = names
    key, _, grant = name.partition(APART)
    if share != SHARE:
        raise Unknown(f"share: found {share[:100]!r}, expected {SHARE!r}, the only one")
    if purpose and purpose not in PURPOSES:
        raise BadAsk(f"purpose: found {purpose[:100]!r}, expected one of {', '.join(PURPOSES)}")
    dataset = sought(call, f"{department}.{key}", Mode.BULK, purpose)
    return Table(dataset, _ask(call, dataset, purpose, grant))


def _ask(call: Call, dataset: Dataset, purpose: str, grant: str) -> Ask:
    """For a named grant its own purpose where none is said; else the purpose of the one basis that fits."""
    if not purpose:
        grants = _grants(call, dataset)
        found = {number: told for number, told in grants.items() if grant in ("", number)}
        purpose = next(iter(found.values())) if len(set(found.values())) == 1 else _own_purpose(call, dataset)
    return Ask(call.subject, dataset.key, Mode.BULK, purpose, call.now, grant=grant)


def _own_purpose(call: Call, dataset: Dataset) -> str:
    if owns(call.subject, dataset):
        return "own_duty"
    return "open_use" if dataset.sharing is Sharing.OPEN else ""


def _grants(call: Call, dataset: Dataset) -> dict[str, str]:
    """Number -> purpose of the caller's grants in force that give the table."""
    if call.subject.public:
        return {}
    held = call.desk.shelf.grants_for(dataset.key, call.subject.organisation)
    return {
        g.number: g.purpose
        for g in held
        if g.state is GrantState.ACTIVE and Mode.BULK in g.modes and g.start <= call.now < g.end
    }


def tables(call: Call, purpose: str) -> list[tuple[str, str]]:
    """Schema and name of every table that this caller may take now: one for each grant where several fit."""
    found: list[tuple[str, str]] = []
    for hit in call.desk.shelf.search("", call.subject):
        dataset = hit.dataset
        name = dataset.key.removeprefix(f"{dataset.department}.")
        several = [n for n, told in _grants(call, dataset).items() if purpose in ("", told)]
        names = [f"{name}{APART}{number}" for number in several] if len(several) > 1 else [name]
        for one in names:
            ask = _ask(call, dataset, purpose, one.partition(APART)[2])
            if call.desk.shelf.decide(ask).allowed:
                found.append((dataset.department, one))
    return sorted(found)


def permitted(call: Call, ask: Ask, version: int | None = None) -> Decision:
    """The decision; where it refuses, the refusal is put on record and raised."""
    decision = call.desk.shelf.decide(ask)
    if decision.allowed and version is not None:  # nobody learns which versions there are who may not read them
        call.desk.shelf.version(ask.dataset, version)
        decision = call.desk.shelf.decide(ask, version)
    if not decision.allowed:
        receipt = call.desk.shelf.record(decision, {"format": "delta-sharing"})
        raise refusal(decision, receipt.number, call.lang)
    return decision
