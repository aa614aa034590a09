"""Which columns a dataset's fields are made of, as the API and the pages tell it."""

from catalog.lineage.columns import ColumnEdge
from schemas.dataset import Dataset, Json


def column_facts(edge: ColumnEdge) -> Json:
    """One edge as the API tells it; `to.field` is null where rows are only chosen or joined by the column."""
    return {
        "from": {"dataset": edge.dataset, "field": edge.column},
        "to": {"dataset": edge.to_dataset, "field": edge.field or None},
        "how": edge.how.value,
    }


def title_of(dataset: Dataset, name: str) -> tuple[str, str]:
    """A field's Chinese and English name; the name itself where the contract has it no more."""
    return next(((f.title, f.title_en) for f in dataset.fields if f.name == name), (name, name))
