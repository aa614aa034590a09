"""`yishu contract`: the files that add datasets."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from cli.contract_inputs import inherited, missing_inputs
from cli.contract_new import new
from cli.contract_repeated import refuse, repetitions
from cli.contract_versions import diff, grantees, to_tell, unbroken
from cli.door import Door, as_json, pass_door, tell
from cli.pools import follow_running
from connectors.registry import option_mistakes
from dags.schedule import deletes_mistake, meeting_mistake, schedule_mistake
from schemas.authority import clashes
from schemas.contract import Draft, find_contracts, read_draft
from schemas.contract_lint import LintFinding
from schemas.contract_lint import lint as find_faults
from schemas.contract_schema import schema_text
from schemas.dataset import Dataset, Severity
from schemas.errors import BadInput, ContractBroken, Mistake, YishuError
from schemas.index import read_index, write_index
from schemas.lint_rules import RULES, TOGETHER

paths = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


@click.group()
def contract() -> None:
    """The files that add datasets: one contract, one dataset."""


@contract.command()
def schema() -> None:
    """Print the JSON Schema of contracts, for completion in editors."""
    click.echo(schema_text(), nl=False)


@contract.command()
@paths
@as_json
@pass_door
def lint(door: Door, paths: Sequence[Path], told_as_json: bool) -> None:
    """Say every mistake of every contract, and what is odd in those that can be read; 1 for a mistake or an error."""
    files = found(door, paths)
    mistakes, findings = looked_over(files, door.settings.contracts)
    grave = [one for one in findings if one.severity is Severity.ERROR]
    again = () if mistakes else repetitions(door.settings, [one.dataset for one in _drafts(files)[0]], door.now())
    facts = {
        "contracts": len(files),
        "mistakes": [str(mistake) for mistake in mistakes],
        "findings": [asdict(one) for one in findings],
        "repeated": [str(one) for one in again],
    }
    counts = f"{len(mistakes)} mistakes, {len(grave)} errors, {len(findings) - len(grave)} warnings"
    repeats = [f"repeated: {one}" for one in again]
    tell(facts, told_as_json, [*map(str, findings), *repeats, f"{_counted(len(files))}, {counts}"])
    if mistakes:
        raise ContractBroken(mistakes)
    if grave:
        raise BadInput(
            f"{_counted(len(grave), 'error')} in {_counted(len(files))}: {', '.join(sorted({f.rule for f in grave}))}"
        )
    refuse(again)


@contract.command("compile")
@paths
@as_json
@pass_door
def compile_index(door: Door, paths: Sequence[Path], told_as_json: bool) -> None:
    """Check all contracts and write the index that DAGs are made from.

    Folders replace the index; single files are added to it. Refused where a contract breaks what is compiled already
    without a new major version, and where a new one would collect what has an authority source in the catalogue.
    """
    datasets = compiled(found(door, paths))
    again = repetitions(door.settings, datasets, door.now())
    refuse(again)
    told = grantees(door.settings, unbroken(door.settings, datasets))
    whole = [*_kept(door, paths, datasets), *datasets]
    written = write_index(whole, door.settings.registry)
    clashing = [*map(str, clashes(whole)), *map(str, again)]
    pools = _followed(door, whole)
    facts = {"contracts": len(datasets), "files": [str(file) for file in written], "tell": told, "warnings": clashing}
    said = f"{_counted(len(datasets))} in {len(written)} files under {door.settings.registry}"
    lines = [*to_tell(told), *(f"warning: {one}" for one in clashing), *pools, said]
    tell(facts | {"pools": pools}, told_as_json, lines)


def _followed(door: Door, datasets: Sequence[Dataset]) -> list[str]:
    """What became of the pools of a running Airflow; a fault of its leaves the compiled contracts as they are."""
    try:
        return list(follow_running(door.settings, {dataset.key: dataset for dataset in datasets}))
    except YishuError as wrong:
        return [f"warning: pools follow with the next `yishu up`: {wrong}"]


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


contract.add_command(new)
contract.add_command(diff)


def _kept(door: Door, paths: Sequence[Path], datasets: Sequence[Dataset]) -> list[Dataset]:
    """What the index has beside these datasets, where only files were named."""
    if not paths or any((door.working / path).is_dir() for path in paths) or not door.settings.registry.is_dir():
        return []
    new = {dataset.key for dataset in datasets}
    return [dataset for key, dataset in read_index(door.settings.registry).items() if key not in new]


def found(door: Door, paths: Sequence[Path]) -> tuple[Path, ...]:
    """Contract files under `paths`, or under the installation's own folders; BadInput where there is none."""
    files = find_contracts([(door.working / path).resolve() for path in paths] or door.settings.contracts)
    if not files:
        raise BadInput(f"no *.odcs.yaml under {', '.join(map(str, paths or door.settings.contracts))}")
    return files


def looked_over(files: Sequence[Path], beside: Sequence[Path] = ()) -> tuple[list[Mistake], list[LintFinding]]:
    """Every mistake of every file, and what the lint rules find in all that could be read at all.

    The inputs of a derived dataset are looked for among the files, then in the folders `beside`.
    """
    drafts, mistakes = _drafts(files)
    sound = [draft for draft in drafts if not mistakes_of(draft)]
    others = find_contracts(folder for folder in beside if folder.exists()) if missing_inputs(sound) else ()
    mistakes.extend(inherited(sound, [draft.dataset for draft in _drafts(others)[0]])[1])
    return mistakes, find_faults(drafts, RULES, TOGETHER)


def _drafts(files: Sequence[Path]) -> tuple[list[Draft], list[Mistake]]:
    mistakes: list[Mistake] = []
    drafts: list[Draft] = []
    for file in files:
        try:
            drafts.append(read_draft(file))
            mistakes.extend(mistakes_of(drafts[-1]))
        except ContractBroken as broken:
            mistakes.extend(broken.mistakes)
    return drafts, mistakes


def mistakes_of(draft: Draft) -> tuple[Mistake, ...]:
    """Everything wrong with one contract, the options of its source included."""
    if draft.mistakes:
        return draft.mistakes
    dataset, lines = draft.dataset, draft.lines
    line, where = lines.place("yishu.source", "options")
    found = [Mistake(lines.file, line, where, said, "") for said in option_mistakes(dataset)]
    if said := schedule_mistake(dataset.source):
        line, where = lines.place("yishu.source", "schedule")
        found.append(Mistake(lines.file, line, where, repr(dataset.source.schedule), said))
    if dataset.source.deletes and (said := deletes_mistake(dataset.source)):
        line, where = lines.place("yishu.source", "deletes")
        found.append(Mistake(lines.file, line, where, repr(dataset.source.deletes.snapshot), said))
    return tuple(found)


def compiled(files: Sequence[Path]) -> tuple[Dataset, ...]:
    """All of them as datasets; ContractBroken with all mistakes of all files, and none is compiled."""
    drafts, mistakes = _drafts(files)
    datasets = () if mistakes else tuple(draft.dataset for draft in drafts)
    known = {dataset.key for dataset in datasets}
    for dataset in datasets:
        mistakes.extend(
            Mistake(
                dataset.contract_file, 0, "yishu.source.inputs", key, "the id of a contract that is compiled with it"
            )
            for key in dataset.source.inputs
            if key not in known
        )
    if not mistakes:
        datasets, mistakes = inherited(drafts)
    if not mistakes:
        mistakes = _apart(drafts)
    if mistakes:
        raise ContractBroken(mistakes)
    return datasets


def _apart(drafts: Sequence[Draft]) -> list[Mistake]:
    """Derived datasets whose inputs come on days that do not meet, so that they would hardly ever be made."""
    known = {draft.dataset.key: draft.dataset for draft in drafts}
    found = []
    for draft in drafts:
        if said := meeting_mistake(draft.dataset, known):
            line, where = draft.lines.place("yishu.source", "inputs")
            found.append(Mistake(draft.lines.file, line, where, ", ".join(draft.dataset.source.inputs), said))
    return found


def _counted(number: int, what: str = "contract") -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
