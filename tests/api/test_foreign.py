"""Entries of other nodes are seen in search beside ours, marked, linked safely, and nowhere else."""

from dataclasses import replace

import pytest

from catalog.database import writing
from catalog.harvest import book
from schemas.foreign import ForeignCatalogue, ForeignEntry, Speaks
from tests.api.conftest import City
from tests.builders import NOW

ENTRY = ForeignEntry(
    "credit.penalty",
    "行政处罚<b>外省</b>",
    "Penalties elsewhere",
    "",
    "外省信用办",
    "https://data.example/1",
    "CC-BY 4.0",
)


@pytest.fixture
def harvested(city: City) -> City:
    with writing(city.shelf.engine) as connection:
        book.add(connection, ForeignCatalogue("far", Speaks.DCAT, "https://data.example/catalog.ttl"), NOW)
        unsafe = replace(ENTRY, id="2", title="行政处罚无链接", page="", licence="")
        book.enter(connection, "far", [ENTRY, unsafe], NOW)
    return city


def test_the_page_shows_them_under_ours_marked_with_source_licence_and_moment(harvested: City) -> None:
    page = harvested.client.get("/datasets?q=行政处罚&lang=zh-CN").text
    ours, _, theirs = page.partition('<h2 id="foreign">')
    assert "<mark>行政处罚</mark>信息" in ours
    assert "外省" not in ours
    assert (
        '<a href="https://data.example/1" rel="external noopener nofollow">行政处罚&lt;b&gt;外省&lt;/b&gt;</a>'
        in theirs
    )
    for told in (
        "外部目录",
        "CC-BY 4.0",
        "未说明",
        "https://data.example/catalog.ttl",
        "2026-11-20 09:30",
        "外省信用办",
    ):
        assert told in theirs, told


def test_a_search_without_words_or_for_others_shows_none(harvested: City) -> None:
    assert "外省" not in harvested.client.get("/datasets").text
    assert 'id="foreign"' not in harvested.client.get("/datasets?q=低保").text


def test_the_api_tells_what_they_are_and_no_other_face_has_them(harvested: City) -> None:
    (one, other) = harvested.get("/foreign?q=行政处罚").json()["entries"]
    assert (one["foreign"], one["catalogue"], one["licence"]) == (True, "far", "CC-BY 4.0")
    assert one["harvested_at"] == NOW.isoformat()
    assert other["page"] == ""
    assert harvested.get("/foreign").json() == {"entries": []}
    assert len(harvested.get("/datasets?q=行政处罚").json()["datasets"]) == 1
    assert "data.example" not in harvested.client.get("/catalog.jsonld").text
    found = harvested.client.get("/api/3/action/package_search?q=行政处罚").json()["result"]
    assert found["count"] == 1
