"""`yishu.source` of a contract: which connector collects the dataset, from which connection, and when."""

import re
from collections.abc import Sequence

import yaml

from schemas.contract_fields import checked_name
from schemas.contract_page import Table
from schemas.contract_words import DELETES, LIMITS, SCHEMA_CONTRACT, SECRETS, SOURCE
from schemas.dataset import Deletes, Field, Json, Load, Severity, Source
from schemas.durations import length
from schemas.merging import merge_flaws
from schemas.schema_contract import AS_USUAL, OF_COLUMNS, OF_TYPES, OnChange, SchemaContract
from schemas.source_limits import EXPECTED, NO_LIMITS, SourceLimits, checked_hours
from schemas.yaml_text import Spot, joined

_KEY = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_CRON_PART = re.compile(r"(\*|[0-9]{1,2}(-[0-9]{1,2})?)(/[0-9]{1,2})?(,(\*|[0-9]{1,2}(-[0-9]{1,2})?)(/[0-9]{1,2})?)*")
DERIVED = "derived"
WITHOUT_CONNECTION = (DERIVED, "inbox")
"""Kinds that read what the platform itself holds."""


def read_source(ours: Table) -> Source:
    """The source; options are passed on as they stand, their connector checks them."""
    told = ours.table("yishu.source", SOURCE, "{kind, connection, load, schedule, options}")
    kind = told.checked("kind", told.text("kind", "a kind of connector, e.g. csv_folder"), checked_name)
    connection = told.maybe("connection")
    derived = kind == DERIVED
    if not connection and kind not in WITHOUT_CONNECTION and not told.broken:
        told.wrong("connection", "the id of the connection that holds address and secret", "nothing")
    return Source(
        kind=kind,
        connection=connection,
        options=_options(told),
        load=Load(told.chosen("load", [x.value for x in Load], Load.SNAPSHOT.value)),
        null_markers=told.markers("null_markers") if told.has("null_markers") else ("",),
        schedule=_schedule(told, derived),
        on_misfit=Severity(told.chosen("on_misfit", ("error", "critical"), "error")),
        inputs=_inputs(told, derived),
        pool=told.maybe("pool") or (f"source_{connection}" if connection else ""),
        schema_contract=_changes(told) if told.has("schema_contract") else AS_USUAL,
        limits=_limits(told) if told.has("limits") else NO_LIMITS,
        order=told.maybe("order"),
        lag=told.checked("lag", told.maybe("lag"), _length),
        deletes=_deletes(told),
    )


def _changes(told: Table) -> SchemaContract:
    table = told.table("schema_contract", SCHEMA_CONTRACT, "{columns, data_type}")
    return SchemaContract(
        OnChange(table.chosen("columns", OF_COLUMNS, AS_USUAL.columns)),
        OnChange(table.chosen("data_type", OF_TYPES, AS_USUAL.data_type)),
    )


def _limits(told: Table) -> SourceLimits:
    limits = told.table("limits", LIMITS, "{hours, rows_per_second, slots}")
    hours = limits.texts("hours")
    for spot in limits.items("hours"):
        if spot.node.value in hours and (said := _mistake(str(spot.node.value))):
            limits.page.wrong(spot, said)
    return SourceLimits(hours, _positive(limits, "rows_per_second"), _positive(limits, "slots"))


def _mistake(hours: str) -> str:
    try:
        checked_hours(hours)
    except ValueError:
        return EXPECTED
    return ""


def _positive(limits: Table, word: str) -> int:
    number = limits.integer(word)
    if number is not None and number < 1:
        limits.wrong(word, "a whole number from 1 on", str(number))
    return number or 0


def merging(ours: Table, source: Source, fields: Sequence[Field]) -> None:
    """What the way of loading asks of the fields, and what stands there without it."""
    if not ours.has("yishu.source"):
        return
    spot = ours.entries["yishu.source"]
    for word, expected in merge_flaws(source, [f.name for f in fields if f.key], [f.name for f in fields]):
        ours.page.wrong(_inside(spot, word), expected)


def _inside(spot: Spot, word: str) -> Spot:
    """Where a word of a table stands; the table itself where it does not."""
    pairs = spot.node.value if isinstance(spot.node, yaml.MappingNode) else []
    node = next((value for name, value in pairs if name.value == word), spot.node)
    return Spot(node, joined(spot.where, word))


def _length(text: str) -> str:
    length(text)
    return text


def _deletes(told: Table) -> Deletes | None:
    if not told.has("deletes"):
        return None
    table = told.table("deletes", DELETES, "{snapshot, most_share}")
    return Deletes(
        table.checked("snapshot", table.text("snapshot", 'a cron such as "0 4 * * 0", or P7D'), _looks),
        _share(table),
    )


def _looks(text: str) -> str:
    """A cron, or a length of time between two looks."""
    parts = text.split()
    if len(parts) == 5 and all(_CRON_PART.fullmatch(part) for part in parts):
        return text
    try:
        return _length(text)
    except ValueError:
        raise ValueError('neither, expected a cron such as "0 4 * * 0" or a length of time such as P7D') from None


def _share(table: Table) -> float:
    if not table.has("most_share"):
        return Deletes("").most_share
    share = table.page.plain(table.entries["most_share"])
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        table.wrong("most_share", "a share from 0 to 1, e.g. 0.05")
        return 0.0
    return float(share)


def _schedule(told: Table, derived: bool) -> str:
    default = "" if derived else "0 2 * * *"
    cron = told.maybe("schedule", default)
    if derived and cron:
        told.wrong("schedule", "no schedule: a derived dataset runs when its inputs have landed")
    parts = cron.split()
    if cron and (len(parts) != 5 or not all(_CRON_PART.fullmatch(part) for part in parts)):
        told.wrong("schedule", 'a cron of five parts, e.g. "0 2 * * *"')
    return cron


def _inputs(told: Table, derived: bool) -> tuple[str, ...]:
    inputs = told.texts("inputs")
    if derived and not inputs:
        told.wrong("inputs", "the keys of the datasets that it is derived from", "nothing")
    for spot in told.items("inputs"):
        if told.page.any_text(spot) and not _KEY.fullmatch(str(spot.node.value)):
            told.page.wrong(spot, "<department>.<dataset>")
    return inputs


def _options(told: Table) -> dict[str, Json]:
    options = told.page.plain(told.entries["options"]) if told.has("options") else {}
    if not isinstance(options, dict):
        told.wrong("options", "a table of the connector's options")
        return {}
    for secret in _secrets(options):
        told.wrong("options", "no secrets in a contract: they stand in the connection", f"the option {secret!r}")
    return options


def _secrets(value: Json) -> list[str]:
    if isinstance(value, list):
        return [s for one in value for s in _secrets(one)]
    if not isinstance(value, dict):
        return []
    here = [key for key in value if key.lower().replace("-", "_") in SECRETS]
    return here + [s for one in value.values() for s in _secrets(one)]
