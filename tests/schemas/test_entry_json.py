"""Entries as JSON: what is written is read again exactly, mistakes are told all at once, and secrets leave no trace."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from schemas.contract_formats import FORMATS
from schemas.dataset import Grade, Opening, Sharing
from schemas.entry import MODES, TYPES, Category, ClassPath, Cycle, Entry, Item
from schemas.entry_json import entry_json, read_entry
from schemas.errors import BadInput, SecretData
from tests.entries import make_entry

TEXT = some.text(some.characters(exclude_categories=["Cs", "Cc"]), max_size=8).map(
    lambda text: text if text.strip() else ""
)
NAME = TEXT.filter(str.strip)
LISTED = NAME.map(str.strip).filter(lambda text: "；" not in text)
ITEMS = some.builds(
    Item,
    name=NAME,
    name_en=TEXT,
    type=some.sampled_from(["", *TYPES]),
    length=some.none() | some.integers(1, 4000),
    required=some.booleans(),
    element=some.sampled_from(["", "resident_id"]),
    sharing=some.none() | some.sampled_from(Sharing),
    condition=TEXT,
    withheld_basis=TEXT,
    opening=some.none() | some.sampled_from(Opening),
    grade=some.none() | some.sampled_from(Grade),
    source=TEXT,
)
ENTRIES = some.builds(
    Entry,
    title=NAME,
    code=TEXT,
    title_en=TEXT,
    path=some.builds(ClassPath, some.none() | some.sampled_from(Category), TEXT, TEXT, TEXT),
    provider=TEXT,
    provider_name=TEXT,
    division=TEXT,
    abstract=TEXT,
    abstract_en=TEXT,
    formats=some.lists(some.sampled_from(sorted(FORMATS)), unique=True, max_size=3).map(tuple),
    items=some.lists(ITEMS, max_size=3).map(tuple),
    sharing=some.none() | some.sampled_from(Sharing),
    condition=TEXT,
    withheld_basis=TEXT,
    modes=some.lists(some.sampled_from(sorted(MODES)), unique=True, max_size=3).map(tuple),
    opening=some.none() | some.sampled_from(Opening),
    opening_condition=TEXT,
    cycle=some.none() | some.sampled_from(Cycle),
    published_on=some.none() | some.dates(date(1990, 1, 1), date(2050, 1, 1)),
    related=some.lists(LISTED, max_size=2).map(tuple),
    grade=some.none() | some.sampled_from(Grade),
    lead=TEXT,
    lead_name=TEXT,
    collecting_basis=TEXT,
    system=TEXT,
    contacts=some.lists(LISTED, max_size=2).map(tuple),
    dataset=some.just(""),
)


@given(ENTRIES)
def test_what_is_written_is_read_again_exactly(entry: Entry) -> None:
    assert read_entry(json.loads(json.dumps(entry_json(entry)))) == entry


def test_every_mistake_is_told_at_once_with_what_was_expected() -> None:
    told = entry_json(make_entry()) | {"sharing": "maybe", "colour": "red", "formats": ["api"], "published_on": "soon"}
    told["items"][0] |= {"length": "18位", "type": "Z"}
    told["items"][1]["name"] = " "
    with pytest.raises(BadInput) as wrong:
        read_entry(told)
    said = str(wrong.value)
    for word in ("sharing: found 'maybe'", "colour: no such word", "formats: found", "published_on: found 'soon'",
                 "items[0].length: found '18位', expected a whole number above 0, without a unit", "items[0].type",
                 "items[1].name: found nothing"):  # fmt: skip
        assert word in said


@pytest.mark.parametrize(
    "told",
    [None, [], "x", {"items": {}}, {"items": [1]}, {"path": []}, {"title": 5}, {"title": "\0"}, {"title": "\ud800"}],
)
def test_what_has_no_shape_is_refused(told: object) -> None:
    if told == {"path": []}:
        assert read_entry(told).path == ClassPath()
    else:
        with pytest.raises(BadInput):
            read_entry(told)


@pytest.mark.parametrize("mark", [True, "是", "true", 1, "yes", ["x"]])
def test_a_secret_is_refused_without_a_word_of_it(mark: object) -> None:
    with pytest.raises(SecretData) as told:
        read_entry({"title": "某某清单", "nonsense": 1, "secret": mark})
    assert "某某清单" not in str(told.value)
    for mark_ in (False, "否", "", None):
        assert read_entry({"title": "x", "secret": mark_}).title == "x"
