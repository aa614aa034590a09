"""Looks at a source before there is a contract: which kinds read a connection, its columns, some rows as text."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa

from connectors.exploring import Offer
from connectors.protocol import Batch, Connector, ConnectorKind, Follows, Shows, Stream
from connectors.registry import connector_for, kind_of, kinds
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Load, Sharing, Source
from schemas.declared import NESTED
from schemas.errors import BadInput, NotReady, SourceChanged
from schemas.journey import Window

ROWS = 200
"""Rows that are looked at; a sample says nothing of the others."""


def kinds_reading(connection: Connection, wanted: str = "") -> tuple[ConnectorKind, ...]:
    """The kinds that read from such a connection, or the one that is `wanted`; BadInput where there is none."""
    found = [kind for name in ((wanted,) if wanted else kinds()) if (kind := _installed(name, wanted))]
    fitting = [kind for kind in found if connection.kind in kind.connections]
    if wanted and not fitting and found[0].connections:
        read = ", ".join(found[0].connections)
        told = connection.kind or "nothing"
        raise BadInput(f"connection {connection.id}: found conn_type {told}, {wanted} reads {read}")
    if fitting or wanted:
        return tuple(fitting or found)
    known = sorted({one for name in kinds() if (kind := _installed(name, "")) for one in kind.connections})
    raise BadInput(
        f"connection {connection.id}: found conn_type {connection.kind or 'nothing'}, expected one of "
        f"{', '.join(known)}; or say with --kind how it is read"
    )


def offers(connection: Connection, name: str = "", wanted: str = "") -> tuple[Offer, ...]:
    """What a connection has, over all kinds that read it; with a name, only what is called so."""
    telling = [kind for kind in kinds_reading(connection, wanted) if kind.offers is not None]
    if not telling:
        raise NotReady(
            f"connection {connection.id}: {wanted or connection.kind} cannot tell what there is; "
            "draft with `yishu contract new KEY FOLDER --kind KIND` and fill the options in"
        )
    return tuple(offer for kind in telling if kind.offers is not None for offer in kind.offers(connection, name))


def stream_of(offer: Offer, connection: Connection) -> Stream:
    """The columns of one offer as the source itself describes them; SourceChanged where it is gone."""
    found = _reader(offer, connection, ()).discover()
    if not found:
        raise SourceChanged(f"{offer.name}: found nothing to look at, expected what was there a moment ago; ask again")
    return found[-1]


def rows_of(
    offer: Offer, connection: Connection, stream: Stream, now: datetime, most: int = ROWS
) -> Iterator[Mapping[str, str | None]]:
    """The first rows, each as column -> text; in no order, so that no source sorts a table for it."""
    if not stream.columns or offer.unsampled:
        return
    columns = tuple(column for column in stream.columns if column.type not in NESTED)
    connector = _reader(offer, connection, tuple(column.name for column in columns))
    day = Window.of_day((now - timedelta(days=1)).date())
    with closing(first_of(connector, day, most)) as batches:
        for batch in batches:
            first = batch.rows.slice(0, most)
            texts = [first.column(place).cast(pa.string()).to_pylist() for place in range(first.num_columns)]
            for cells in zip(*texts, strict=True):
                yield {column.name: cell for column, cell in zip(columns, cells, strict=True)}
                most -= 1
            if most <= 0:
                return


def first_of(connector: Connector, window: Window, most: int) -> Generator[Batch, None, None]:
    """The rows of a window; of a stream some messages that it has now. Closed with whoever reads them.

    BadInput for a stream that cannot be looked at: planning it might take messages that no landing keeps.
    """
    if isinstance(connector, Shows):
        yield from connector.show(most)
    elif isinstance(connector, Follows):
        raise BadInput("its kind of source cannot show messages without taking them; `yishu run` lands them")
    else:
        yield from connector.read(connector.plan(window))


def _installed(name: str, wanted: str) -> ConnectorKind | None:
    """The kind; None where its driver is missing, unless just that one is wanted."""
    try:
        return kind_of(name)
    except NotReady:
        if wanted:
            raise
        return None


def _reader(offer: Offer, connection: Connection, columns: tuple[str, ...]) -> Connector:
    """The connector of a contract that nobody has written: every column is text, and each may be missing."""
    options = {name: one.value for name, one in offer.proposals.items()} | dict(offer.options)
    text, kind = FieldType(Kind.STRING), kind_of(offer.kind)
    fields = tuple(Field(f"c{place}", name, name, text, name) for place, name in enumerate(columns))
    if "optional" in kind.options.model_fields:
        options["optional"] = [one.name for one in fields]
    load = Load.APPEND if kind.stream else Load.SNAPSHOT
    source = Source(offer.kind, connection.id, options, load, ())
    return connector_for(replace(_NOBODYS, source=source, fields=fields), connection)


_NOBODYS = Dataset(
    key="draft.draft",
    version="0.0.0",
    title="",
    title_en="",
    description="",
    description_en="",
    owner="",
    owner_name="",
    division="",
    sharing=Sharing.WITHHELD,
    sharing_condition="",
    withheld_basis="",
    fields=(),
    rules=(),
    source=Source("", "", {}),
    update_cycle="P1D",
)
