"""A small city behind the API: three datasets, a province, a city, two counties, an outsider, and their credentials."""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.scans import Scans
from catalog.database import connect
from catalog.lake.where import desk
from catalog.ledger.book import open_ledger
from catalog.organisations import Organisation, System
from catalog.shelf import Shelf
from schemas.access import Mode, Tier
from schemas.dataset import FieldType, Grade, Kind, ScopeRole, Sharing, Transform
from schemas.settings import Settings, read_settings
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    JINAN_LAIWU,
    NOW,
    OLD_LAIWU,
    SHIZHONG,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_dataset,
    make_field,
    make_grant,
    make_verdict,
    transform_of,
)

OUTSIDER = "91370400MA3C0000XY"
LAIWU_CIVIL = "11370116004000001L"
ROWS = 40
"""Rows of low income: 24 in Tengzhou, 12 in Shizhong, 4 under Laiwu's retired code."""


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class City:
    """The application, its shelf and who has which credential."""

    client: TestClient
    shelf: Shelf
    clock: Clock
    grants: dict[str, str]
    credentials: dict[str, str] = field(repr=False)

    def headers(self, who: str) -> dict[str, str]:
        """`Authorization` of one of the systems; empty for the public."""
        return {"Authorization": f"Bearer {self.credentials[who]}"} if who else {}

    def get(self, path: str, who: str = "", **told: object):  # type: ignore[no-untyped-def]
        """GET below /api/v1 as one of the systems."""
        return self.client.get(f"/api/v1{path}", headers=self.headers(who), **told)


def low_income() -> list[dict[str, object]]:
    """The rows of the conditional dataset; two of them try a formula."""
    rows = [low_income_row(n, TENGZHOU) for n in range(24)]
    rows += [low_income_row(n, SHIZHONG) for n in range(24, 36)]
    rows += [low_income_row(n, OLD_LAIWU) for n in range(36, 40)]
    rows[0]["name"] = "=HYPERLINK(1)"
    return rows


def open_dataset():  # type: ignore[no-untyped-def]
    """行政处罚: open, no persons."""
    return make_dataset(
        "credit.penalty",
        title="行政处罚信息",
        title_en="Administrative penalties",
        sharing=Sharing.OPEN,
        owner="11370000004000002P",
        owner_name="山东省信用中心",
        division="370000000000",
        subject_kind="",
        default_scope="place",
        fields=(
            make_field("number", title="处罚文号", title_en="Number", key=1, grade=Grade.GENERAL_1),
            make_field(
                "amount", title="罚款金额", title_en="Fine", type=FieldType(Kind.DECIMAL, 18, 2), grade=Grade.GENERAL_1
            ),
            make_field(
                "decided", title="决定时间", title_en="Decided", type=FieldType(Kind.TIMESTAMP), grade=Grade.GENERAL_1
            ),
            make_field(
                "place",
                title="发生地",
                title_en="Place",
                element="division",
                scope=ScopeRole.OCCURRENCE,
                grade=Grade.GENERAL_1,
            ),
        ),
    )


def stock(shelf: Shelf) -> None:
    """Datasets and their first versions."""
    civil = replace(transform_of(make_dataset(), name=Transform.MASK), contract_hash="")
    civil = make_dataset(**{f: getattr(civil, f) for f in ("fields", "description")})
    shelf.publish(civil, make_verdict(desk(shelf.lake), civil, low_income()), NOW - timedelta(days=1))
    penalty = open_dataset()
    rows = [
        {
            "number": f"鲁罚〔2026〕{n}号",
            "amount": n,
            "decided": NOW - timedelta(days=n),
            "place": ZAOZHUANG if n % 2 else OLD_LAIWU,
        }
        for n in range(10)
    ]
    shelf.publish(penalty, make_verdict(desk(shelf.lake), penalty, rows), NOW - timedelta(days=1))
    held = make_dataset(
        "health.secret",
        title="不予共享的健康档案",
        title_en="Withheld",
        sharing=Sharing.WITHHELD,
        withheld_basis="x",
        owner=HEALTH,
    )
    shelf.publish(held, make_verdict(desk(shelf.lake), held, low_income()), NOW - timedelta(days=1))


def people(shelf: Shelf) -> dict[str, str]:
    """Organisations with one system each; the answer has their credentials."""
    parties = (
        ("civil", CIVIL_AFFAIRS, "枣庄市民政局", ZAOZHUANG, Tier.CITY, True),
        ("health", HEALTH, "枣庄市卫生健康委员会", ZAOZHUANG, Tier.CITY, True),
        ("tengzhou", TENGZHOU_CIVIL, "滕州市民政局", TENGZHOU, Tier.COUNTY, True),
        ("laiwu", LAIWU_CIVIL, "济南市莱芜区民政局", JINAN_LAIWU, Tier.COUNTY, True),
        ("outsider", OUTSIDER, "某某科技有限公司", ZAOZHUANG, Tier.CITY, False),
    )
    told = {}
    for who, code, name, division, tier, government in parties:
        shelf.parties.add_organisation(Organisation(code, name, name, division, tier, government, True))
        shelf.parties.add_system(System(who, code, who, Grade.GENERAL_4, True))
        told[who] = shelf.parties.issue_credential(who, NOW - timedelta(days=1))
    return told


def permissions(shelf: Shelf) -> dict[str, str]:
    """One grant for Tengzhou, one for health over the whole city, one for Laiwu."""
    modes = (Mode.QUERY, Mode.BULK, Mode.VERIFY)
    return {
        "tengzhou": shelf.grant(make_grant(), NOW).number,
        "health": shelf.grant(
            make_grant(HEALTH, divisions=(ZAOZHUANG,), purpose="public_health", modes=modes), NOW
        ).number,
        "laiwu": shelf.grant(make_grant(LAIWU_CIVIL, divisions=(JINAN_LAIWU,)), NOW).number,
    }


@dataclass(frozen=True, slots=True)
class Built:
    """A home on SQLite that was stocked once, to be copied for each test."""

    home: Path
    grants: dict[str, str]
    credentials: dict[str, str] = field(repr=False)


@pytest.fixture(scope="session")
def built(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Stocking takes half a second, copying a hundredth."""
    home = tmp_path_factory.mktemp("city")
    shutil.copy(sqlite_template, home / "catalogue.db")
    (home / "lake").mkdir()
    shelf = _shelf(home, first=1)
    stock(shelf)
    credentials = people(shelf)
    found = Built(home, permissions(shelf), credentials)
    shelf.ledger.close()
    shelf.engine.dispose()
    return found


@pytest.fixture
def city(built: Built, tmp_path: Path) -> Iterator[City]:
    """The whole thing, on SQLite."""
    home = tmp_path / "home"
    shutil.copytree(built.home, home)
    shelf = _shelf(home, first=1_000_000)
    yield _city(shelf, home, built.grants, built.credentials)
    shelf.ledger.close()
    shelf.engine.dispose()


@pytest.fixture
def city_on_each(shelf: Shelf, tmp_path: Path) -> City:
    """The whole thing, on each kind of database."""
    return build(shelf, tmp_path)


def build(shelf: Shelf, home: Path) -> City:
    """Stock a shelf and put the application over it."""
    stock(shelf)
    credentials = people(shelf)
    return _city(shelf, home, permissions(shelf), credentials)


def _shelf(home: Path, first: int) -> Shelf:
    numbers = itertools.count(first)
    engine = connect(f"sqlite:///{home / 'catalogue.db'}")
    ledger = open_ledger(engine, home / "ledger.db", b"l" * 32)
    return Shelf(
        engine,
        home / "lake",
        b"p" * 32,
        b"t" * 32,
        ledger,
        randomness=lambda size: next(numbers).to_bytes(size, "big")[::-1],
    )


def _city(shelf: Shelf, home: Path, grants: dict[str, str], credentials: dict[str, str]) -> City:
    settings = replace(read_settings({"YISHU_HOME": str(home)}, home), lake=desk(shelf.lake))
    return app_over(shelf, settings, grants, credentials)


def app_over(shelf: Shelf, settings: Settings, grants: dict[str, str], credentials: dict[str, str]) -> City:
    """The application over a shelf."""
    clock = Clock()
    client = TestClient(create_app(shelf, settings, clock), raise_server_exceptions=True, follow_redirects=False)
    return City(client, shelf, clock, grants, credentials)


def with_scans(city: City, scans: Scans) -> TestClient:
    """The same city behind an application with other scan slots."""
    settings = city.client.app.state.desk.settings
    return TestClient(create_app(city.shelf, settings, city.clock, scans))
