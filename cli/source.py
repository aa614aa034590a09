"""`yishu source`: look at a department's system as its contract describes it; nothing is written there."""

from collections.abc import Iterator
from dataclasses import asdict

import click

from cli.connections import connection
from cli.door import Door, as_json, pass_door, tell
from cli.source_accept import accept
from cli.source_inputs import connector_of
from cli.source_sample import sample
from cli.watching import fetching
from connectors.exploring import Sign, Weight
from connectors.landing.gentle import require_open
from connectors.protocol import Problem
from connectors.registry import kind_of, option_mistakes
from schemas.connection import nearest
from schemas.dataset import Dataset
from schemas.errors import NotReady, SourceFault, SourceUnreachable
from schemas.index import read_dataset

WIDTH = 8
"""Characters of the longest weight, and of what a sign is about."""


@click.group()
def source() -> None:
    """Look at a department's system; nothing is written there."""


source.add_command(sample)
source.add_command(accept)


@source.command()
@click.argument("key")
@as_json
@pass_door
def check(door: Door, key: str, told_as_json: bool) -> None:
    """Look at the source from end to end, and say what to do about each thing that is not well; 1 for a problem."""
    dataset = read_dataset(door.settings.registry, key)
    with fetching():
        signs = tuple(examined(door, dataset))
    grave = [sign.about for sign in signs if sign.weight is Weight.PROBLEM]
    well = "nothing stands in the way" if all(sign.weight is Weight.WELL for sign in signs) else ""
    lines = [line for sign in signs for line in _lines(sign)]
    tell({"signs": [asdict(sign) for sign in signs]}, told_as_json, [*lines, *([well] if well else [])])
    if grave:
        raise SourceFault(f"{key}: {len(grave)} of {len(signs)} stand in the way of collecting it: {', '.join(grave)}")


@source.command()
@click.argument("key")
@as_json
@pass_door
def discover(door: Door, key: str, told_as_json: bool) -> None:
    """Say what the source says it has."""
    with fetching():
        streams = connector_of(door, read_dataset(door.settings.registry, key)).discover()
    facts = [asdict(stream) for stream in streams]
    lines = [f"{s.name}: {', '.join(f'{c.name} {c.type}'.strip() for c in s.columns)}" for s in streams]
    tell(facts, told_as_json, lines)


def examined(door: Door, dataset: Dataset) -> Iterator[Sign]:
    """What the kind of source tells of itself; where nothing stands in the way, what the connector finds."""
    if unasked := _unasked(door, dataset):
        yield unasked
        return
    of, kind = nearest(connection(door.environment, dataset.source.connection)), kind_of(dataset.source.kind)
    if kind.signs is not None and of is not None:
        grave = False
        for sign in kind.signs(dataset, of, door.now):
            grave = grave or sign.weight is Weight.PROBLEM
            yield sign
        if grave:
            return
    problems = connector_of(door, dataset).check()
    yield from (_sign(problem) for problem in problems)
    if not any(not problem.warning for problem in problems):
        yield Sign("columns", f"all {len(dataset.fields)} of the contract are there")


def _unasked(door: Door, dataset: Dataset) -> Sign | None:
    """Why the source is not asked at all; None where it may be."""
    try:
        connection(door.environment, dataset.source.connection)
        kind_of(dataset.source.kind)
    except NotReady as missing:
        return Sign("set-up", str(missing), "do that, then ask again", Weight.PROBLEM)
    if mistakes := option_mistakes(dataset):
        return Sign("contract", "; ".join(mistakes), "correct the contract, then compile it again", Weight.PROBLEM)
    try:
        require_open(dataset, door.now())
    except SourceUnreachable as closed:
        said = "it was not asked now; ask again then, and its reach, login, rights and columns are looked at"
        return Sign("hours", str(closed), said, Weight.PROBLEM)
    return None


def _sign(problem: Problem) -> Sign:
    weight = Weight.WARNING if problem.warning else Weight.PROBLEM
    return Sign(problem.code.lower(), problem.said, problem.advice, weight)


def _lines(sign: Sign) -> Iterator[str]:
    word = "ok" if sign.weight is Weight.WELL else sign.weight.value
    yield f"{word:<{WIDTH}} {sign.about:<{WIDTH}} {sign.said}"
    if sign.advice:
        yield f"{'':<{2 * WIDTH + 1}} → {sign.advice}"
