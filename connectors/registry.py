"""Which kinds of source there are, our own and those of other packages, and how a connector is made from a contract."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from connectors.drivers import driver
from connectors.options import read_options
from connectors.protocol import Connector, ConnectorKind
from schemas.connection import Connection
from schemas.dataset import Dataset, Load
from schemas.errors import BadInput, NotReady
from schemas.fitting.formats import format_mistake

GROUP = "yishu.connectors"
"""Entry-point group of other packages' kinds; each names a `ConnectorKind`."""

OWN: Mapping[str, str] = MappingProxyType(
    {
        "csv_folder": "connectors.files.csv_folder",
        "derived": "connectors.derived",
        "dlt": "connectors.services.dlt",
        "fixed_width": "connectors.files.fixed_width",
        "inbox": "connectors.inbox",
        "json": "connectors.files.json_document",
        "json_lines": "connectors.files.json_lines",
        "kafka": "connectors.streams.kafka",
        "parquet": "connectors.files.parquet_file",
        "mqtt": "connectors.streams.mqtt",
        "rest": "connectors.services.rest",
        "soap": "connectors.services.soap",
        "sql_table": "connectors.sql.table",
        "xlsx": "connectors.files.xlsx",
        "xml": "connectors.files.xml_file",
    }
)
"""Kind -> module whose `KIND` describes it; a module is imported when its kind is asked for."""


def kinds() -> tuple[str, ...]:
    """Names of all kinds that this installation knows, sorted."""
    return tuple(sorted({*OWN, *_foreign()}))


def kind_of(name: str) -> ConnectorKind:
    """The kind of that name; BadInput lists the valid ones, NotReady tells of a missing driver."""
    if name in OWN:
        found = driver(OWN[name]).KIND
    elif name in _foreign():
        found = _load(_foreign()[name])
    else:
        raise BadInput(f"source kind: found {name!r}, expected one of {', '.join(kinds())}")
    if not isinstance(found, ConnectorKind):
        raise NotReady(f"source kind {name!r}: its entry point names {type(found).__name__}, expected a ConnectorKind")
    return found


def connector_for(
    dataset: Dataset, connection: Connection | None, inputs: Mapping[str, tuple[Path, ...]] = MappingProxyType({})
) -> Connector:
    """The connector that reads `dataset`; BadInput lists all mistakes of its options."""
    mistakes = option_mistakes(dataset)
    if mistakes:
        raise BadInput(f"{dataset.key}: " + "; ".join(mistakes))
    return kind_of(dataset.source.kind).build(dataset, connection, inputs)


def option_mistakes(dataset: Dataset) -> tuple[str, ...]:
    """Every mistake in the contract's source options, in words; empty when there is none."""
    try:
        kind = kind_of(dataset.source.kind)
    except BadInput as unknown:
        return (str(unknown),)
    try:
        options = read_options(kind.options, dataset)
    except ValidationError as wrong:
        return tuple(_said(kind.options, error) for error in wrong.errors(include_url=False))
    return (*kind.mistakes(dataset, options), *_formats(dataset), *_merging(dataset, kind, options))


def follows(dataset: Dataset) -> bool:
    """Whether the source is asked for what changed within a window."""
    kind = kind_of(dataset.source.kind)
    return kind.follows(read_options(kind.options, dataset))


def _merging(dataset: Dataset, kind: ConnectorKind, options: BaseModel) -> tuple[str, ...]:
    """What the way of loading asks of the kind of source."""
    source, wrong = dataset.source, []
    if source.load is not Load.MERGE:
        return ()
    if source.deletes and not kind.keys:
        wrong.append(f"deletes: a {kind.name} source cannot tell its keys alone; leave it out")
    if source.lag and not kind.follows(options):
        wrong.append("lag: nothing is asked for by when it changed here; name the column or leave it out")
    if not source.lag and kind.follows(options) and not kind.settles:
        wrong.append(
            f"lag: found nothing, expected how long a row may come late, e.g. PT10M: a {kind.name} source cannot tell"
        )
    return tuple(wrong)


def _formats(dataset: Dataset) -> tuple[str, ...]:
    found = ((f.name, format_mistake(f.format)) for f in dataset.fields)
    return tuple(f"{name}: yishu.format: {mistake}" for name, mistake in found if mistake)


def _said(options: type[BaseModel], error: Mapping[str, object]) -> str:
    loc = error["loc"]
    where = "options." + ".".join(str(p) for p in loc) if isinstance(loc, tuple) and loc else "options"
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown option; valid ones are {', '.join(sorted(options.model_fields))}"
    if error["type"] == "missing":
        return f"{where}: found nothing, expected a value"
    return f"{where}: found {error.get('input')!r}, expected: {error['msg']!s}"


def _foreign() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _load(point: EntryPoint) -> object:
    try:
        loaded: object = point.load()
    except ModuleNotFoundError as missing:
        raise NotReady(f"driver not installed: {missing.name}, needed by the source kind {point.name!r}") from missing
    return loaded
