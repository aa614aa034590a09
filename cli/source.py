"""`yishu source`: look at a department's system as its contract describes it; nothing is written anywhere."""

from itertools import islice

import click

from catalog.shelf import open_shelf
from cli.connections import connection
from cli.door import Door, as_json, pass_door, tell, window_of
from connectors.protocol import Connector, Problem
from connectors.registry import connector_for
from schemas.errors import SourceFault
from schemas.index import read_dataset


@click.group()
def source() -> None:
    """Look at a department's system; nothing is written."""


@source.command()
@click.argument("key")
@as_json
@pass_door
def check(door: Door, key: str, told_as_json: bool) -> None:
    """Say what stands in the way of collecting it; 1 when something does."""
    problems = _connector(door, key).check()
    facts = [{"code": p.code, "said": p.said, "advice": p.advice, "warning": p.warning} for p in problems]
    tell({"problems": facts}, told_as_json, [_line(p) for p in problems] or ["nothing stands in the way"])
    if any(not p.warning for p in problems):
        raise SourceFault(
            f"{key}: {sum(not p.warning for p in problems)} of the problems above stand in the way of collecting it"
        )


@source.command()
@click.argument("key")
@as_json
@pass_door
def discover(door: Door, key: str, told_as_json: bool) -> None:
    """Say what the source says it has."""
    streams = _connector(door, key).discover()
    facts = [
        {"name": s.name, "key": s.key, "columns": [{"name": c.name, "type": c.type} for c in s.columns]}
        for s in streams
    ]
    lines = [f"{s.name}: {', '.join(f'{c.name} {c.type}'.strip() for c in s.columns)}" for s in streams]
    tell(facts, told_as_json, lines)


@source.command()
@click.argument("key")
@click.option("--rows", default=5, show_default=True, type=click.IntRange(1, 1000))
@click.option("--window", default="", help="A day; default: yesterday.")
@as_json
@pass_door
def sample(door: Door, key: str, rows: int, window: str, told_as_json: bool) -> None:
    """Show the first rows as the source gives them. They are the department's data: mind who looks."""
    dataset = read_dataset(door.settings.registry, key)
    connector = _connector(door, key)
    plan = connector.plan(window_of(dataset.source, window, door.now()))
    found = (row for batch in connector.read(plan) for row in batch.rows.to_pylist())
    facts = list(islice(found, rows))
    tell(facts, told_as_json, [str(row) for row in facts])


def _connector(door: Door, key: str) -> Connector:
    settings = door.settings
    dataset = read_dataset(settings.registry, key)
    files = open_shelf(settings).inputs(dataset) if dataset.source.inputs else {}
    return connector_for(dataset, connection(door.environment, dataset.source.connection), files)


def _line(problem: Problem) -> str:
    return f"{'warning' if problem.warning else 'problem'} {problem.code}: {problem.said}; {problem.advice}"
