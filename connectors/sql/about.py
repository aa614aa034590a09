"""What a department's database tells of itself: its tables before there is a contract, and how it stands."""

from collections.abc import Callable, Iterator
from datetime import datetime
from types import ModuleType

from pydantic import BaseModel

from connectors.drivers import driver
from connectors.exploring import Offer, Sign, Weight
from connectors.reach import PORTS, reach
from connectors.sql.engines import ENGINES
from connectors.sql.secured import refusals, secured
from schemas.connection import Connection
from schemas.errors import NotReady, SourceFault, SourceUnreachable


def offers(connection: Connection, name: str) -> tuple[Offer, ...]:
    """The tables and views that the login may see; with a name those that are called so, with or without schema."""
    if _has_address(connection) and (here := reach(connection)).weight is Weight.PROBLEM:
        raise SourceUnreachable(f"connection {connection.id}: {here.said}; {here.advice}")
    with refusals(connection):
        found: tuple[Offer, ...] = _module(connection).tables(secured(connection))
    return tuple(one for one in found if not name or name in (one.name, one.options["table"]))


def signs(connection: Connection, options: BaseModel, now: Callable[[], datetime]) -> Iterator[Sign]:
    """Reach, login, and what the engine's own module looks at; where one stands in the way, the rest is not asked."""
    engine = ENGINES.get(connection.kind)
    if _has_address(connection):
        here = reach(connection)
        yield here
        if here.weight is Weight.PROBLEM:
            return
    if engine is None or not engine.about:
        return
    try:
        with refusals(connection):
            yield from _module(connection).signs(secured(connection), options, now)
    except NotReady as refused:
        advice = f"correct login, password and database in the connection {connection.id}"
        yield Sign("login", str(refused), advice, Weight.PROBLEM)
    except SourceFault as fault:
        yield Sign("reach", str(fault), "ask the department whether the database is up", Weight.PROBLEM)


def _has_address(connection: Connection) -> bool:
    """Whether there is a port to knock at: a file has none, and of a foreign dialect's we may know none."""
    return bool(connection.host and (connection.port or connection.kind in PORTS))


def _module(connection: Connection) -> ModuleType:
    engine = ENGINES.get(connection.kind)
    if engine is None or not engine.about:
        raise NotReady(f"connection {connection.id}: databases of kind {connection.kind!r} cannot tell what they have")
    if engine.needs:
        driver(engine.needs, engine.extra)
    return driver(engine.about)
