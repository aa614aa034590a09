"""Lineage of columns: told, and shown on the page, only as far as the caller may know of the datasets."""

import pytest

from schemas.dataset import Dataset, Sharing, Source
from schemas.origin import How, Origin
from tests.api.conftest import City
from tests.builders import NOW, make_dataset, make_field

PENALTY, SECRET = "credit.penalty", "health.secret"
DERIVED = make_dataset(
    "credit.risk",
    title="企业风险",
    title_en="Risk",
    sharing=Sharing.OPEN,
    subject_kind="",
    default_scope="",
    fields=(
        make_field("number", title="文号", title_en="Decision"),
        make_field("level", title="等级", title_en="Level"),
    ),
    source=Source("derived", "", {"sql": "…"}, inputs=(PENALTY, SECRET)),
    origins=(
        Origin("number", PENALTY, "number", How.DIRECT),
        Origin("level", PENALTY, "amount", How.COMPUTED),
        Origin("level", SECRET, "born", How.COMPUTED),
        Origin("", PENALTY, "decided", How.CONDITION),
    ),
)


@pytest.fixture
def derived(city: City) -> Dataset:
    city.shelf.register(DERIVED, NOW)
    return DERIVED


def told(city: City, key: str, who: str = "") -> set[tuple[str, str, str | None, str]]:
    columns = city.get(f"/datasets/{key}/lineage", who).json()["columns"]
    return {(c["from"]["dataset"], c["from"]["field"], c["to"]["field"], c["how"]) for c in columns}


def test_each_column_that_goes_into_a_field_is_told_with_how(city: City, derived: Dataset) -> None:
    open_ones = {
        (PENALTY, "number", "number", "direct"),
        (PENALTY, "amount", "level", "computed"),
        (PENALTY, "decided", None, "condition"),
    }
    assert told(city, derived.key) == open_ones
    assert told(city, derived.key, "health") == open_ones | {(SECRET, "born", "level", "computed")}


def test_a_column_of_a_dataset_that_the_caller_may_not_know_of_is_not_named(city: City, derived: Dataset) -> None:
    for path in (f"/api/v1/datasets/{derived.key}/lineage", f"/datasets/{derived.key}"):
        assert SECRET not in city.client.get(path).text
    page = city.client.get(f"/datasets/{derived.key}?lang=en").text
    assert "only chooses or joins rows" in page
    assert "Born" not in page


def test_an_input_tells_what_is_made_of_its_columns(city: City, derived: Dataset) -> None:
    columns = city.get(f"/datasets/{PENALTY}/lineage").json()["columns"]
    assert {c["to"]["dataset"] for c in columns} == {derived.key}
    assert len(columns) == 3


def test_a_dataset_that_is_collected_has_no_columns_in_its_lineage(city: City) -> None:
    assert told(city, "civil_affairs.low_income", "civil") == set()
