"""What is watched without a word in the contract, as warnings: volume of snapshots, and the source's own count."""

from dataclasses import replace

from schemas.dataset import Dataset, Dimension, Load, Rule, Severity
from schemas.journey import Landing
from schemas.past import Past

ENOUGH = 3
"""Of fewer earlier versions nobody can say what is usual; a rule of the contract's own compares with any."""
VOLUME = Rule(
    "table.volume",
    "expect_table_row_count_to_be_near_past",
    {},
    Severity.WARNING,
    Dimension.CONSISTENCY,
    "数据量与以往版本相近",
    "As many rows as in the versions before, within half",
)
SOURCE_COUNT = Rule(
    "table.source_count",
    "expect_table_row_count_to_equal_source",
    {},
    Severity.WARNING,
    Dimension.CONSISTENCY,
    "读取行数与来源系统的计数一致",
    "As many rows as the source says that it has",
)


def watched(dataset: Dataset, landing: Landing, past: Past) -> Dataset:
    """The dataset with the rules that it is watched by; a rule of its own, whatever it says, takes their place."""
    own = {rule.expectation for rule in dataset.rules}
    added = []
    steady = dataset.source.load is Load.SNAPSHOT and len(past.versions) >= ENOUGH
    if steady and VOLUME.expectation not in own:
        added.append(VOLUME)
    if landing.source_rows is not None and SOURCE_COUNT.expectation not in own:
        added.append(SOURCE_COUNT)
    return replace(dataset, rules=(*dataset.rules, *added)) if added else dataset
