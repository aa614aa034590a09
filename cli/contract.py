"""`yishu contract`: the files that add datasets."""

from collections.abc import Sequence
from pathlib import Path

import click

from cli.door import Door, as_json, pass_door, tell
from connectors.registry import kinds, option_mistakes
from dags.schedule import schedule_mistake
from schemas.contract import find_contracts, read_contract
from schemas.contract_fields import NAME
from schemas.dataset import Dataset
from schemas.errors import BadInput, ContractBroken, Mistake
from schemas.index import write_index

paths = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


@click.group()
def contract() -> None:
    """The files that add datasets: one contract, one dataset."""


@contract.command()
@click.argument("key")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("contracts"))
@click.option("--kind", default="csv_folder", show_default=True, help="Kind of source.")
@as_json
@pass_door
def new(door: Door, key: str, folder: Path, kind: str, told_as_json: bool) -> None:
    """Write a contract to fill in: FOLDER/<department>/<dataset>.odcs.yaml."""
    if kind not in kinds():
        raise click.BadParameter(f"found {kind!r}, expected one of {', '.join(kinds())}", param_hint="--kind")
    file = draft_path(key, door.working / folder)
    if file.exists():
        raise BadInput(f"{file} is there already; edit it, or remove it first")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(draft(key, kind), encoding="utf-8")
    tell({"file": str(file)}, told_as_json, [str(file), f"fill it in, then: yishu contract lint {file}"])


@contract.command()
@paths
@as_json
@pass_door
def lint(door: Door, paths: Sequence[Path], told_as_json: bool) -> None:
    """Say every mistake of every contract; 1 when there is one."""
    files = found(door, paths)
    mistakes = [mistake for file in files for mistake in mistakes_of(file)]
    facts = {"contracts": len(files), "mistakes": [str(mistake) for mistake in mistakes]}
    tell(facts, told_as_json, [f"{len(files)} contracts, {len(mistakes)} mistakes"])
    if mistakes:
        raise ContractBroken(mistakes)


@contract.command("compile")
@paths
@as_json
@pass_door
def compile_index(door: Door, paths: Sequence[Path], told_as_json: bool) -> None:
    """Check all contracts and write the index that DAGs are made from."""
    datasets = compiled(found(door, paths))
    written = write_index(datasets, door.settings.registry)
    facts = {"contracts": len(datasets), "files": [str(file) for file in written]}
    tell(facts, told_as_json, [f"{len(datasets)} contracts in {len(written)} files under {door.settings.registry}"])


@contract.command()
@paths
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), default=None, help="A folder; else standard output."
)
@pass_door
def docs(door: Door, paths: Sequence[Path], into: Path | None) -> None:
    """Write each contract as a page of Markdown for people."""
    from cli.contract_docs import page

    for dataset in compiled(found(door, paths)):
        if into is None:
            click.echo(page(dataset))
            continue
        into.mkdir(parents=True, exist_ok=True)
        (into / f"{dataset.key}.md").write_text(page(dataset), encoding="utf-8")


def found(door: Door, paths: Sequence[Path]) -> tuple[Path, ...]:
    """Contract files under `paths`, or under the installation's own folders; BadInput where there is none."""
    files = find_contracts([(door.working / path).resolve() for path in paths] or door.settings.contracts)
    if not files:
        raise BadInput(f"no *.odcs.yaml under {', '.join(map(str, paths or door.settings.contracts))}")
    return files


def mistakes_of(file: Path) -> tuple[Mistake, ...]:
    """Everything wrong with one contract, the options of its source included."""
    try:
        dataset = read_contract(file)
    except ContractBroken as broken:
        return broken.mistakes
    found = [
        Mistake(str(file), 0, "yishu.source", said, "options that this kind of source knows")
        for said in option_mistakes(dataset)
    ]
    if said := schedule_mistake(dataset.source):
        found.append(Mistake(str(file), 0, "yishu.source.schedule", repr(dataset.source.schedule), said))
    return tuple(found)


def compiled(files: Sequence[Path]) -> tuple[Dataset, ...]:
    """All of them as datasets; ContractBroken with all mistakes of all files, and none is compiled."""
    mistakes = [mistake for file in files for mistake in mistakes_of(file)]
    datasets = () if mistakes else tuple(read_contract(file) for file in files)
    known = {dataset.key for dataset in datasets}
    for dataset in datasets:
        mistakes.extend(
            Mistake(
                dataset.contract_file, 0, "yishu.source.inputs", key, "the id of a contract that is compiled with it"
            )
            for key in dataset.source.inputs
            if key not in known
        )
    if mistakes:
        raise ContractBroken(mistakes)
    return datasets


def draft_path(key: str, folder: Path) -> Path:
    """Where the contract of that key belongs; BadInput for a key that is none."""
    parts = key.split(".")
    if len(parts) != 2 or not all(NAME.fullmatch(part) for part in parts):
        raise BadInput(
            f"key: found {key!r}, expected <department>.<dataset> in lower-case letters, digits and _, a letter first"
        )
    return folder / parts[0] / f"{parts[1]}.odcs.yaml"


def draft(key: str, kind: str) -> str:
    """A contract with every word that one needs, to be filled in."""
    template = (Path(__file__).parent / "contract_draft.yaml").read_text(encoding="utf-8")
    department, name = key.split(".")
    return (
        template.replace("{key}", key)
        .replace("{department}", department)
        .replace("{name}", name)
        .replace("{kind}", kind)
    )
