"""`yishu deeds`: what was done that no rule decides, by whom and why; and whether it is still what is on record."""

from typing import Any

import click

from catalog.deeds import record
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell
from schemas.deed import Done
from schemas.errors import BadInput
from schemas.journey import SHANGHAI

KEPT = {True: "as on record", False: "NOT WHAT IS ON RECORD", None: "its receipt was archived"}
"""Whether the words are those of the receipt -> what is told of it."""


@click.group()
def deeds() -> None:
    """What was done that no rule decides 处置, each with its reason."""


@deeds.command("list")
@click.argument("dataset", required=False)
@as_json
@pass_door
def list_deeds(door: Door, dataset: str | None, told_as_json: bool) -> None:
    """The newest 100, of DATASET where it is named; 1 where one is not what its receipt says, or gone."""
    shelf = open_shelf(door.settings)
    found = [(one, record.holds(shelf, one)) for one in record.listed(shelf, dataset)]
    facts = [deed_facts(one) | {"as_on_record": held} for one, held in found]
    tell(facts, told_as_json, (_line(one, held) for one, held in found))
    wrong = [one.receipt for one, held in found if held is False]
    bare = record.bare(shelf, dataset)
    if bare:
        wrong_too = f"; {len(wrong)} others are not what their receipts say: {', '.join(wrong[:5])}" if wrong else ""
        raise BadInput(f"{len(bare)} deeds on record are kept no more: receipts {', '.join(bare[:5])}{wrong_too}")
    if wrong:
        raise BadInput(f"{len(wrong)} of {len(found)} deeds are not what their receipts say: {', '.join(wrong[:5])}")


def deed_facts(done: Done) -> dict[str, Any]:
    """One deed, flat."""
    deed = done.deed
    who = {"organisation": deed.by.organisation, "person": deed.by.person, "account": deed.by.account}
    told = {"act": deed.act.value, "dataset": deed.dataset, "basis": deed.right.value, "reason": deed.said}
    at = done.at.astimezone(SHANGHAI).isoformat(timespec="minutes")
    return told | who | dict(deed.facts) | {"at": at, "receipt": done.receipt}


def _line(done: Done, held: bool | None) -> str:
    deed, at = done.deed, done.at.astimezone(SHANGHAI)
    who = deed.by.person or deed.by.account or deed.by.system
    return f"{at:%Y-%m-%d %H:%M}  {deed.act}  {deed.dataset or '-'}  {who}  {deed.said}  ({KEPT[held]})"
