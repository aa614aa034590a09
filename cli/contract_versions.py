"""What a new version of a contract changes for those who read the data: `yishu contract diff`, and the refusal."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from catalog import database, grants, organisations
from cli.door import Door, as_json, pass_door, tell
from schemas.access import GrantState
from schemas.change_words import Change, Level
from schemas.contract import read_contract
from schemas.contract_change import breaks_silently, changes, reaches, version_needed
from schemas.dataset import Dataset
from schemas.errors import BadInput, ContractBroken, Mistake, NotReady
from schemas.index import read_index
from schemas.settings import Settings

contract_file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("old", type=contract_file)
@click.argument("new", type=contract_file)
@as_json
@pass_door
def diff(door: Door, old: Path, new: Path, told_as_json: bool) -> None:
    """Say what changed from OLD to NEW, the version that it needs, and whom to tell; 1 when the version is too low."""
    before, after = read_contract(door.working / old), read_contract(door.working / new)
    found = changes(before, after)
    needed = version_needed(before, found)
    breaking = any(change.level is Level.BREAKING for change in found)
    told = grantees(door.settings, [after.key]) if breaking else {}
    facts = {
        "changes": [_fact(change) for change in found],
        "version": after.version,
        "needed": needed,
        "tell": told.get(after.key, []),
    }
    lines = [*map(str, found), f"version {after.version}, at least {needed} is needed", *to_tell(told)]
    tell(facts, told_as_json, lines)
    if not reaches(after.version, needed):
        raise BadInput(f"{new}: version: found {after.version}, expected {needed} or later")


def unbroken(settings: Settings, datasets: Iterable[Dataset]) -> Mapping[str, Dataset]:
    """Those that break what the compiled contracts promised, by key, each with its new major version.

    ContractBroken where one breaks a promise without a new major version.
    """
    former, broken, renewed = _former(settings.registry), [], {}
    for dataset in datasets:
        before = former.get(dataset.key)
        if before is None or before.contract_hash == dataset.contract_hash:
            continue
        broken += [_mistake(before, dataset, change) for change in breaks_silently(before, dataset)]
        if any(change.level is Level.BREAKING for change in changes(before, dataset)):
            renewed[dataset.key] = dataset
    if broken:
        raise ContractBroken(broken)
    return renewed


def grantees(settings: Settings, keys: Iterable[str]) -> Mapping[str, list[str]]:
    """Key -> organisations with a grant on that dataset, by name and code; nothing where there is no catalogue."""
    wanted, file = set(keys), settings.database_url.removeprefix("sqlite:///")
    if not wanted or (file != settings.database_url and not Path(file).is_file()):
        return {}
    engine = database.connect(settings.database_url)
    found: dict[str, list[str]] = {}
    try:
        database.require_current(engine)
        with engine.connect() as connection:
            names = {one.credit_code: one.name for one in organisations.organisations(connection)}
            for grant in grants.listed(connection):
                said = f"{names.get(grant.organisation, '')} {grant.organisation}".strip()
                held = grant.dataset in wanted and grant.state in (GrantState.ACTIVE, GrantState.SUSPENDED)
                if held and said not in found.setdefault(grant.dataset, []):
                    found[grant.dataset].append(said)
    except (NotReady, *database.UNAVAILABLE):
        return {}
    finally:
        engine.dispose()
    return found


def to_tell(told: Mapping[str, list[str]]) -> list[str]:
    """One line for each organisation that must be told."""
    return [f"{key}: 须告知 tell {name}" for key, names in sorted(told.items()) for name in names]


def _former(registry: Path) -> Mapping[str, Dataset]:
    """What was compiled last; nothing where that was never done, or by a release whose index reads otherwise."""
    try:
        return read_index(registry)
    except (NotReady, BadInput):
        return {}


def _mistake(before: Dataset, dataset: Dataset, change: Change) -> Mistake:
    found = f"{dataset.version}, which breaks {before.version} ({change.where}: {change.said} {change.said_en})"
    needed = f"{version_needed(before, [change])} or later, or the promise kept"
    return Mistake(dataset.contract_file, 0, "version", found, needed)


def _fact(change: Change) -> Mapping[str, str]:
    asked, asked_en = change.requires
    return {
        "level": change.level.word,
        "where": change.where,
        "said": change.said,
        "said_en": change.said_en,
        "requires": asked,
        "requires_en": asked_en,
    }
