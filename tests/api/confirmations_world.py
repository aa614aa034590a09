"""A registry that lost half its rows and a source that was retyped, behind the API: both wait for a reviewer's word."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog import shapes
from catalog.credentials import Bearer
from catalog.organisations import Organisation, System
from catalog.persons import Person
from catalog.shelf import Shelf, open_shelf
from schemas.access import Role, Tier
from schemas.dataset import Dataset, Grade
from schemas.drift import Shape
from schemas.errors import HeldBack, SourceChanged
from schemas.settings import read_settings
from tests.api.conftest import City, app_over
from tests.builders import CIVIL_AFFAIRS
from tests.dags.parcels import KEY, TABLE, Home, moment

OWNER = "12370400MB0000001N"
PEOPLE = (
    ("reviewer", OWNER, Role.SOURCE_REVIEWER),
    ("keeper", OWNER, Role.CATALOGUE_KEEPER),
    ("auditor", OWNER, Role.SECURITY_AUDITOR),
    ("stranger", CIVIL_AFFAIRS, Role.SOURCE_REVIEWER),
)
GONE, CHANGED = 1, 2
"""Numbers of the two confirmations."""


def held_back(folder: Path, told: Mapping[str, Any] | None = None) -> Home:
    """20 parcels are published, then ten of them are gone, where one in five may be. Their numbers are general-3."""
    home = Home(folder, TABLE + "deletes: {snapshot: P1D, most_share: 0.2}\n")
    otherwise = {"id": {"grade": Grade.GENERAL_3}} | dict(told or {})
    graded = tuple(replace(one, **otherwise.get(one.name, {})) for one in home.dataset.fields)
    home.dataset = replace(home.dataset, fields=graded)
    home.office.put(moment(1), range(20))
    home.run(1)
    home.office.drop(range(10))
    with suppress(HeldBack):
        home.run(2)
    return home


def changed(shelf: Shelf, dataset: Dataset) -> None:
    """The department retypes two columns."""
    with suppress(SourceChanged):
        shapes.look(shelf.engine, dataset, Shape({"id": "VARCHAR(20)", "area": "NUMERIC(14,4)"}), moment(3, 2))


def people(shelf: Shelf) -> dict[str, str]:
    """Who -> credential, that of a system of the owner among them."""
    told = {}
    for code, name, system in ((OWNER, "测试部门", "land"), (CIVIL_AFFAIRS, "枣庄市民政局", "civil")):
        shelf.parties.add_organisation(Organisation(code, name, "", "370400000000", Tier.CITY))
        shelf.parties.add_system(System(system, code, system, Grade.GENERAL_4))
        told[system] = shelf.parties.issue_credential(system, moment(1))
    for person, code, role in PEOPLE:
        shelf.parties.add_person(Person(person, code, person, frozenset({role})))
        told[person] = shelf.parties.issue_credential(
            Bearer("land" if code == OWNER else "civil", person), moment(1), 300
        )
    return told


@pytest.fixture(scope="session")
def gone_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Running it takes seconds, copying it a hundredth of one."""
    folder = tmp_path_factory.mktemp("parcels")
    home = held_back(folder)
    changed(home.shelf, home.dataset)
    credentials = people(home.shelf)
    home.shelf.ledger.close()
    home.shelf.engine.dispose()
    return folder, credentials


@pytest.fixture
def office(gone_template: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[City]:
    """The application over it, on the third day."""
    folder, credentials = gone_template
    shutil.copytree(folder, tmp_path / "office")
    settings = read_settings({"YISHU_HOME": "home"}, tmp_path / "office")
    shelf = open_shelf(settings)
    made = app_over(shelf, settings, {}, credentials)
    made.clock.now = moment(3)
    yield made
    shelf.ledger.close()
    shelf.engine.dispose()


__all__ = ["CHANGED", "GONE", "KEY", "OWNER", "gone_template", "office"]
