"""Which drivers of departments' systems are there, and which compiled contracts need one that is not."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cli.connections import connection
from cli.door import Door
from connectors.drivers import OF_CONNECTION, OF_KIND, Need, brings
from connectors.registry import OWN, kind_of, kinds
from connectors.sql.engines import ENGINES
from schemas.dataset import Dataset
from schemas.errors import BadInput, YishuError
from schemas.index import read_index


@dataclass(frozen=True, slots=True)
class Stands:
    """How it stands with one driver or kind of source."""

    name: str
    well: bool
    said: str


def drivers(door: Door, told: Collection[str]) -> Iterator[Stands]:
    """Every driver that a kind of ours may need, but for those that are `told` already, then other packages' kinds.

    One that is missing is bad only where a compiled contract needs it.
    """
    wanting = dict(_wanting(door))
    for need, reads in _known().items():
        if need.module in told:
            continue
        keys = sorted(key for key, needs in wanting.items() if need in needs[1])
        yield stands(need, reads, keys)
    for name in sorted({*kinds(), *(kind for kind, _ in wanting.values())} - set(OWN)):
        yield _foreign(name, sorted(key for key, (kind, _) in wanting.items() if kind == name))


def _known() -> Mapping[Need, tuple[str, ...]]:
    """Driver -> the kinds of source and connection that it is for."""
    found: dict[Need, list[str]] = {}
    pairs = [(name, need) for name, needs in OF_KIND.items() for need in needs]
    for name, need in [*pairs, *OF_CONNECTION.items()]:
        found.setdefault(need, []).append(name)
    for name, engine in ENGINES.items():
        if engine.needs:
            found.setdefault(Need(engine.needs, engine.extra), []).append(name)
    return {need: tuple(names) for need, names in found.items()}


def stands(need: Need, reads: Sequence[str], keys: Sequence[str]) -> Stands:
    """A driver for what it `reads`: missing, it is bad only where contracts of these `keys` need it."""
    name, what = f"driver {need.module}", ", ".join(reads)
    if need.installed:
        return Stands(name, True, f"installed, for {what}")
    who = f"needed by {', '.join(keys)}" if keys else "no compiled contract needs it"
    return Stands(name, not keys, f"driver not installed: {brings(need.extra)} for {what}; {who}")


def _foreign(name: str, keys: list[str]) -> Stands:
    who = f"; needed by {', '.join(keys)}" if keys else ""
    try:
        kind_of(name)
    except BadInput:
        said = f"no package brings the kind of source {name!r}; install one that does, or correct the contract{who}"
        return Stands(f"source kind {name}", False, said)
    except YishuError as wrong:
        return Stands(f"source kind {name}", not keys, f"{wrong}{who}")
    return Stands(f"source kind {name}", True, "brought by another package")


def _wanting(door: Door) -> Iterator[tuple[str, tuple[str, frozenset[Need]]]]:
    """Key of each compiled contract -> its kind of source and the drivers that it needs."""
    try:
        index = read_index(door.settings.registry)
    except YishuError:
        return  # the sign of the index says what is wrong with it
    for key, dataset in index.items():
        yield key, (dataset.source.kind, frozenset(_needs(door, dataset)))


def _needs(door: Door, dataset: Dataset) -> Iterator[Need]:
    yield from OF_KIND.get(dataset.source.kind, ())
    try:
        found = connection(door.environment, dataset.source.connection)
    except YishuError:
        return  # without the connection nobody knows which engine or place it is
    if found is None:
        return
    if found.kind in OF_CONNECTION:
        yield OF_CONNECTION[found.kind]
    if dataset.source.kind == "sql_table" and found.kind in ENGINES and ENGINES[found.kind].needs:
        yield Need(ENGINES[found.kind].needs, ENGINES[found.kind].extra)
