"""A table of Delta Sharing as an ask of ours: its name says the dataset and perhaps the grant, the address the purpose.

The protocol has no word for a purpose. It stands in the endpoint of the profile file (`/delta-sharing/for/<purpose>`);
without one, the only basis that a caller has is taken, and several are told apart by the caller, never by us.
"""

from dataclasses import dataclass

from api.caller import Call
from api.shown import refusal
from api.sight import sought
from api.unsaid import APART, ask_of, in_force, told_of
from catalog.rule.delta import with_key
from schemas.access import PURPOSES, Ask, Decision, Mode
from schemas.dataset import Dataset
from schemas.errors import BadAsk, Unknown

SHARE = "yishu"


@dataclass(frozen=True, slots=True)
class Table:
    """One table as a caller names it."""

    dataset: Dataset
    ask: Ask


def table(call: Call, names: tuple[str, str, str], purpose: str, mode: Mode = Mode.BULK) -> Table:
    """The table `share.schema.name`; Unknown where there is none for this caller, BadAsk for an unknown purpose."""
    share, department, name = names
    key, _, grant = name.partition(APART)
    if share != SHARE:
        raise Unknown(f"share: found {share[:100]!r}, expected {SHARE!r}, the only one")
    if purpose and purpose not in PURPOSES:
        raise BadAsk(f"purpose: found {purpose[:100]!r}, expected one of {', '.join(PURPOSES)}")
    dataset = sought(call, f"{department}.{key}", mode, purpose)
    return Table(dataset, ask_of(call, dataset, mode, purpose, grant))


def tables(call: Call, purpose: str) -> list[tuple[str, str]]:
    """Schema and name of every table that this caller may take now: one for each grant where several fit."""
    held = {} if call.subject.public else call.desk.shelf.grants_of(call.subject.organisation)
    found: list[tuple[str, str]] = []
    asks: list[Ask] = []
    for dataset in call.desk.shelf.each(call.desk.shelf.catalogue.in_sight(call.subject)).values():
        grants = in_force(held.get(dataset.key, ()), Mode.BULK, call.now)
        several = [number for number, told in grants.items() if purpose in ("", told)]
        for grant in several if len(several) > 1 else [""]:
            name = dataset.key.removeprefix(f"{dataset.department}.") + (f"{APART}{grant}" if grant else "")
            found.append((dataset.department, name))
            asks.append(told_of(call, dataset, (Mode.BULK, purpose, grant), grants))
    answers = zip(found, call.desk.shelf.decide_over(asks), strict=True)
    return sorted(one for one, decision in answers if decision.allowed)


def permitted(call: Call, ask: Ask, version: int | None = None) -> Decision:
    """The decision; where it refuses, the refusal is put on record and raised. A delta names removed rows by key."""
    decision = call.desk.shelf.decide(ask)
    if decision.allowed and version is not None:  # nobody learns which versions there are who may not read them
        call.desk.shelf.version(ask.dataset, version)
        decision = call.desk.shelf.decide(ask, version)
    if ask.mode is Mode.DELTA:
        decision = with_key(decision, call.desk.shelf.dataset(ask.dataset))
    if not decision.allowed:
        receipt = call.desk.shelf.record(decision, {"format": "delta-sharing"})
        raise refusal(decision, receipt.number, call.lang)
    return decision
