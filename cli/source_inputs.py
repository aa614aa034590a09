"""How a command reaches a source: within its hours, over its connection, with what the platform itself holds for it."""

from collections.abc import Mapping
from pathlib import Path

from catalog.inbox import windows
from catalog.shelf import open_shelf
from cli.connections import connection
from cli.door import Door
from connectors.landing.gentle import require_open
from connectors.protocol import Connector
from connectors.registry import connector_for
from schemas.connection import nearest
from schemas.dataset import Dataset
from schemas.push import is_inbox


def connector_of(door: Door, dataset: Dataset) -> Connector:
    """The connector of a contract; SourceUnreachable outside the hours at which its source may be asked."""
    require_open(dataset, door.now())
    of = nearest(connection(door.environment, dataset.source.connection))
    return connector_for(dataset, of, _inputs(door, dataset))


def _inputs(door: Door, dataset: Dataset) -> Mapping[str, tuple[Path, ...]]:
    """Files by the datasets' keys; none for a department's own system. Looking closes no window of an inbox."""
    if is_inbox(dataset):
        return windows.waiting(open_shelf(door.settings), dataset)
    return open_shelf(door.settings).inputs(dataset) if dataset.source.inputs else {}
