"""`yishu harvest` as an operator calls it, on another node that runs: its DCAT and its CKAN face, and its end."""

from pathlib import Path

import pytest

from catalog.shelf import open_shelf
from schemas.settings import read_settings
from tests.api.conftest import City, built, city
from tests.cli.test_main import call, facts
from tests.served import serving

__all__ = ["built", "city"]
TITLE = "行政处罚信息"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    folder.mkdir()
    call(folder, "db", "upgrade")
    return folder


@pytest.mark.parametrize("form", ["jsonld", "ttl", "rdf"])
def test_another_node_is_harvested_once_again_and_gone(home: Path, city: City, form: str) -> None:
    with serving(city.client.app) as url:
        added = facts(call(home, "harvest", "add", "city", "dcat", f"{url}/catalog.{form}", "--json"))
        assert added == {"name": "city", "speaks": "dcat", "url": f"{url}/catalog.{form}", "hosts": ["127.0.0.1"]}
        first = facts(call(home, "harvest", "run", "--json"))
        again = facts(call(home, "harvest", "run", "city", "--json"))
    told = {"name": "city", "entries": 1, "added": 1, "changed": 0, "removed": [], "error": ""}
    assert first == [told]
    assert again == [told | {"added": 0}]
    away = call(home, "harvest", "run")
    assert away.return_value == 1
    assert "does not answer" in away.stdout
    (shown,) = facts(call(home, "harvest", "list", "--json"))  # type: ignore[misc]
    assert shown["entries"] == 1
    assert "does not answer" in shown["error"]


def test_a_ckan_portal_gives_open_data_alone_and_nothing_of_it_is_ours(home: Path, city: City) -> None:
    with serving(city.client.app) as url:
        call(home, "harvest", "add", "portal", "ckan", url)
        assert "portal: 1 entries, 1 new, 0 changed, 0 gone" in call(home, "harvest", "run").stdout
    shelf = open_shelf(read_settings({"YISHU_HOME": "home"}, home))
    assert tuple(shelf.datasets()) == ()
    shelf.engine.dispose()


def test_what_is_no_catalogue_is_refused_in_a_sentence(home: Path) -> None:
    assert "expected" in str(call(home, "harvest", "add", "x y", "dcat", "http://127.0.0.1/").exception)
    assert "yishu harvest list" in str(call(home, "harvest", "run", "nobody").exception)
    assert "'dcat', 'ckan'" in str(call(home, "harvest", "add", "x", "rss", "http://127.0.0.1/").exception)
