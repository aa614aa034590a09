"""What a source reads that the platform itself holds: published inputs, or what was pushed and has not landed yet."""

from collections.abc import Mapping
from pathlib import Path

from catalog.inbox import windows
from catalog.shelf import open_shelf
from cli.door import Door
from schemas.dataset import Dataset
from schemas.push import is_inbox


def inputs_of(door: Door, dataset: Dataset) -> Mapping[str, tuple[Path, ...]]:
    """Files by the datasets' keys; none for a department's own system. Looking closes no window of an inbox."""
    if is_inbox(dataset):
        return windows.waiting(open_shelf(door.settings), dataset)
    return open_shelf(door.settings).inputs(dataset) if dataset.source.inputs else {}
