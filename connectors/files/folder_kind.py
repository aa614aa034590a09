"""A kind of dropped files as the registry wants it: which connections lead to files, and how a place of them stands."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from connectors.exploring import Offer, Sign, Weight
from connectors.files.drop import Drop
from connectors.files.folder import FolderOf
from connectors.files.folder_options import folder_mistakes
from connectors.places.known import CONNECTIONS
from connectors.places.place import Entry
from connectors.protocol import Connector, ConnectorKind, Inputs
from connectors.reach import PORTS, reach
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import NotReady, SourceFault
from schemas.journey import SHANGHAI

Build = Callable[[Dataset, Connection | None, Inputs], Connector]
Mistakes = Callable[[Dataset, BaseModel], tuple[str, ...]]
Offers = Callable[[Connection, str], tuple[Offer, ...]]
SKEW = timedelta(minutes=2)


def folder_kind(
    name: str,
    options: type[BaseModel],
    build: Build,
    mistakes: Mistakes = folder_mistakes,
    offers: Offers | None = None,
) -> ConnectorKind:
    """The kind of that name."""
    return ConnectorKind(name, options, build, mistakes, CONNECTIONS, offers, partial(_signs, build))


def _signs(build: Build, dataset: Dataset, connection: Connection, now: Callable[[], datetime]) -> Iterator[Sign]:
    made = build(dataset, connection, {})
    if connection.kind in PORTS and "://" not in connection.host:
        yield (here := reach(connection))
        if here.weight is Weight.PROBLEM:
            return
    if isinstance(made, FolderOf):
        yield from place_signs(made.drop, now())


def place_signs(drop: Drop, now: datetime) -> Iterator[Sign]:
    """Whether we are let in, what the place has for the pattern, whether its bytes may be read, how its clock goes."""
    stage = "list"
    try:
        with drop.line() as line:
            found = drop.listed(line, None)
            yield Sign("login", f"{drop.place.shown} lets us in")
            if not found:
                return
            newest = found[-1]
            yield Sign("list", f"{len(found)} fit {drop.pattern}, the newest is {_said(newest)}")
            stage = "read"
            next(iter(line.visit.pieces(newest, 0)), b"")
            yield Sign("read", f"{newest.name} can be read")
            yield from _clock(newest, now)
        yield from _write(drop.place.here)
    except NotReady as refused:
        yield Sign("login", str(refused), "correct the connection", Weight.PROBLEM)
    except SourceFault as fault:
        yield Sign(stage, str(fault), "where it stays so, ask the department", Weight.PROBLEM)


def _write(folder: Path | None) -> Iterator[Sign]:
    """On a disk of this machine: whether this user could write there."""
    if folder is None:
        return
    if os.access(folder, os.W_OK):
        advice = "mount it read-only, or take the right to write away from this user"
        yield Sign("write", f"this user could write in {folder}", advice, Weight.WARNING)
    else:
        yield Sign("write", f"this user cannot write in {folder}")


def _clock(newest: Entry, now: datetime) -> Iterator[Sign]:
    if newest.modified is not None and newest.modified > now + SKEW:
        ahead = newest.modified - now
        said = f"{newest.name} was written {ahead} from now: the clocks of both machines go apart"
        yield Sign("clock", said, "ask the department to set its clock", Weight.WARNING)


def _said(entry: Entry) -> str:
    size = "" if entry.size is None else f", {entry.size} bytes"
    when = "" if entry.modified is None else f", written {entry.modified.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return f"{entry.name}{size}{when}"
