"""A version with a profile behind the API's small city: every figure is a text that can be looked for."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from catalog.shelf import Shelf
from schemas import lake as places
from schemas.dataset import Dataset
from schemas.journey import Part, Verdict
from schemas.profile import PROFILE, ColumnProfile, Profile, Share, shows_values
from schemas.record import to_json
from tests.api.conftest import City, low_income
from tests.builders import DAY, NOW, make_verdict

ROWS = 70_077


def column(name: str, *, masked: bool) -> ColumnProfile:
    """Figures that name their column."""
    counts = ColumnProfile(name, nulls=77, distinct=4_077, masked=masked)
    if masked:
        return counts
    return replace(
        counts,
        least=f"least-{name}",
        greatest=f"greatest-{name}",
        quantiles=tuple(f"{at}-{name}" for at in range(5)),
        top=(Share(f"top-{name}", 60_077), Share(f"<b>{name}", 7)),
        lengths=(Share("2", 50_077), Share("3", 9)),
        patterns=(Share(f"字9-{name}", 40_077),),
    )


def profiled(lake: Shelf, dataset: Dataset, verdict: Verdict) -> Verdict:
    """The verdict with such a profile beside it."""
    columns = tuple(column(f.name, masked=not shows_values(f)) for f in dataset.fields)
    told = to_json(Profile(dataset.key, verdict.window.key, ROWS, columns, NOW))
    file = lake.lake / places.verdict(dataset.key, verdict.window) / PROFILE
    file.write_bytes(told)
    part = Part(file.relative_to(lake.lake).as_posix(), 0, len(told), hashlib.sha256(told).hexdigest())
    return replace(verdict, profile=part)


def publish(city: City, key: str = "civil_affairs.low_income") -> Dataset:
    """A second version of a dataset of the city, with a profile."""
    dataset = city.shelf.dataset(key)
    rows = low_income() if key == "civil_affairs.low_income" else []
    verdict = make_verdict(city.shelf.lake, dataset, rows, DAY + timedelta(days=1))
    city.shelf.publish(dataset, profiled(city.shelf, dataset, verdict), NOW - timedelta(hours=1))
    return dataset
