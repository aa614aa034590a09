"""rdflib and pyshacl on the catalogue as DCAT-AP 3: one graph in three forms, and the official shapes of 3.0.1."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from schemas.rdf import PREFIXES, iri
from tests.api.conftest import City, built, city
from tests.clients.conftest import skipped_unless_made
from tests.clients.environment import environment

__all__ = ["built", "city"]
HERE = Path(__file__).parent
SPECS = Path(os.environ.get("YISHU_SPECS") or Path(__file__).parents[3] / "shared" / "specs")
SHAPES = SPECS / "dcat-ap-3.0.1"
FORMS = {"json-ld": "jsonld", "turtle": "ttl", "xml": "rdf"}
MANDATORY = (
    ("dcat:Catalog", "dct:title"),
    ("dcat:Catalog", "dct:description"),
    ("dcat:Catalog", "dct:publisher"),
    ("dcat:CatalogRecord", "dct:modified"),
    ("dcat:CatalogRecord", "foaf:primaryTopic"),
    ("dcat:Dataset", "dct:title"),
    ("dcat:Dataset", "dct:description"),
    ("dcat:Distribution", "dcat:accessURL"),
    ("dcat:DataService", "dct:title"),
    ("dcat:DataService", "dcat:endpointURL"),
    ("foaf:Agent", "foaf:name"),
)
OF_SERIES = (
    ("dcat:DatasetSeries", "dct:title"),
    ("dcat:DatasetSeries", "dct:description"),
)
pytestmark = pytest.mark.clients


@pytest.fixture(scope="session")
def program() -> Path:
    return skipped_unless_made("rdflib and pyshacl", lambda: environment(HERE / "rdf.lock") / "python")


@pytest.fixture(scope="session")
def shapes() -> list[str]:
    if not SHAPES.is_dir():
        pytest.skip(
            f"NOT TESTED WITH THE SHAPES OF DCAT-AP: no {SHAPES}; YISHU_SPECS names the folder of specifications"
        )
    return [str(SHAPES / name) for name in ("dcat-ap-SHACL.ttl", "ranges.ttl", "range.ttl", "shapes.ttl")]


def judged(program: Path, city: City, path: str, who: str, **told: Any) -> dict[str, Any]:
    documents = {}
    for form, ending in FORMS.items():
        answer = city.client.get(f"{path}.{ending}", headers=city.headers(who))
        assert answer.status_code == 200, answer.text
        documents[form] = answer.text.replace(f"/catalog.{ending}", "/catalog.any")
    done = subprocess.run(
        [str(program), str(HERE / "rdf_judge.py")],
        input=json.dumps({"documents": documents, "shapes": [], **told}),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE / "offline"), "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def whole(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [[iri(one) for one in pair] for pair in pairs]


@pytest.mark.parametrize("who", ["", "health"])
def test_the_catalogue_conforms_and_each_mandatory_property_taken_away_is_reported(
    city: City, program: Path, shapes: list[str], who: str
) -> None:
    found = judged(program, city, "/catalog", who, shapes=shapes, without=whole(MANDATORY))
    assert found["same"]
    assert found["triples"] > 100
    assert found["violations"] == []
    for (kind, predicate), reported in zip(MANDATORY, found["without"], strict=True):
        assert [path for path, *_ in reported if path == iri(predicate)], (kind, predicate, reported)


@pytest.mark.parametrize("key", ["civil_affairs.low_income", "health.secret", "credit.penalty"])
def test_a_dataset_conforms_with_its_series_and_each_mandatory_property_taken_away_is_reported(
    city: City, program: Path, shapes: list[str], key: str
) -> None:
    found = judged(program, city, f"/datasets/{key}", "health", shapes=shapes, without=whole(OF_SERIES))
    assert found["same"]
    assert found["violations"] == []
    for (kind, predicate), reported in zip(OF_SERIES, found["without"], strict=True):
        assert [path for path, *_ in reported if path == iri(predicate)], (kind, predicate, reported)


def test_the_prefixes_are_those_of_the_shapes(shapes: list[str]) -> None:
    told = Path(shapes[-1]).read_text(encoding="utf-8")
    for prefix in ("dcat", "dct", "foaf", "dcatap", "odrl", "skos", "rdfs", "xsd"):
        assert f"@prefix {prefix}: <{PREFIXES[prefix]}>" in told, prefix
