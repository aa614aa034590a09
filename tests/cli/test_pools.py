"""The pools of source systems have as many slots as their owners allow."""

from dataclasses import replace

from cli.embedded import pools
from schemas.dataset import Dataset
from schemas.source_limits import SLOTS, SourceLimits
from tests.builders import make_dataset


def pulled(key: str, connection: str, slots: int = 0, pool: str = "") -> Dataset:
    dataset = make_dataset(key)
    source = replace(dataset.source, connection=connection, pool=pool, limits=SourceLimits(slots=slots))
    return replace(dataset, source=source)


def test_a_pool_has_the_fewest_slots_that_a_contract_on_it_allows() -> None:
    datasets = [
        pulled("a.one", "quiet", 1),
        pulled("a.two", "quiet"),
        pulled("a.three", "quiet", 4),
        pulled("b.one", "wide", 4),
        pulled("c.one", "plain"),
        pulled("d.one", "shared", pool="machine_room"),
        pulled("d.two", ""),
    ]
    found = pools({dataset.key: dataset for dataset in datasets})
    assert found == {"source_quiet": 1, "source_wide": 4, "source_plain": SLOTS, "machine_room": SLOTS}
