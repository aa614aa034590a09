"""In which order datasets can be run when none has ever been published: what rules look values up in comes first."""

from collections.abc import Mapping

from catalog.references import named
from schemas.dataset import Dataset


def waves(datasets: Mapping[str, Dataset]) -> list[list[str]]:
    """Keys in waves; each dataset stands after those that its rules name, and with its inputs, which wake it."""
    left = dict(datasets)
    ordered: list[list[str]] = []
    while left:
        now = [key for key, dataset in left.items() if not _waits(dataset, left)]
        ready = set(now) or set(left)
        ordered.append(sorted(ready))
        left = {key: dataset for key, dataset in left.items() if key not in ready}
    return _with_their_inputs(ordered, datasets)


def _waits(dataset: Dataset, left: Mapping[str, Dataset]) -> bool:
    asked = set(named(dataset)) - {dataset.key}
    return bool(asked & left.keys())


def _with_their_inputs(ordered: list[list[str]], datasets: Mapping[str, Dataset]) -> list[list[str]]:
    """A derived dataset is awaited in the wave of its last input: nobody triggers it."""
    place = {key: number for number, wave in enumerate(ordered) for key in wave}
    for key, dataset in datasets.items():
        if dataset.source.inputs:
            place[key] = max(place[one] for one in dataset.source.inputs)
    found = [[key for key in sorted(place) if place[key] == number] for number in range(len(ordered))]
    return [wave for wave in found if wave]
